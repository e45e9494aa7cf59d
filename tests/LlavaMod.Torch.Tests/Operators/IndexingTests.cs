namespace LlavaMod.Torch.Tests.Operators;

public sealed class IndexingTests : TorchTest
{
    private readonly Tensor rows;

    public IndexingTests() => rows = Tensor.From([1f, 2, 3, 4, 5, 6], 3, 2);

    [Fact]
    public void Rows_are_selected_in_the_order_asked_for() => rows.IndexSelect(0, Ids(2, 0, 2)).ShouldHold([3, 2], [5, 6, 1, 2, 5, 6]);

    [Fact]
    public void Gather_reads_one_element_an_index() =>
        rows.Gather(1, Tensor.From([1L, 0, 1], 3, 1)).ShouldHold([3, 1], [2, 3, 6]);

    [Fact]
    public void Scatter_writes_into_a_copy()
    {
        var indices = Tensor.From([1L, 0, 1], 3, 1);
        rows.Scatter(1, indices, Tensor.From([10f, 20, 30], 3, 1)).ShouldHold([3, 2], [1, 10, 20, 4, 5, 30]);
        rows.Scatter(1, indices, 0).ShouldHold([3, 2], [1, 0, 0, 4, 5, 0]);
        rows.ShouldHold([3, 2], [1, 2, 3, 4, 5, 6]);
    }

    [Fact]
    public void Rows_added_at_one_index_add_up() =>
        Create.Ones([2, 2]).IndexAdd(0, Ids(1, 1, 0), rows).ShouldHold([2, 2], [6, 7, 5, 7]);

    [Fact]
    public void Rows_are_copied_to_their_indices() =>
        Create.Zeros([4, 2]).IndexCopy(0, Ids(3, 0, 1), rows).ShouldHold([4, 2], [3, 4, 5, 6, 0, 0, 1, 2]);

    [Fact]
    public void One_hot_rows_have_one_1() => Ids(2, 0).OneHot(3).ShouldHold([2, 3], [0, 0, 1, 1, 0, 0]);

    [Fact]
    public void Nonzero_lists_places()
    {
        Tensor.From([0f, 1, 2, 0], 2, 2).Nonzero().ShouldHold([2, 2], [0, 1, 1, 0]);
        Create.Zeros([3]).Nonzero().ShouldHold([0, 1], []);
    }

    [Fact]
    public void An_index_outside_is_an_error()
    {
        Should.Throw<TorchException>(() => rows.IndexSelect(0, Ids(3)));
        Should.Throw<TorchException>(() => rows.Gather(1, Tensor.From([2L], 1, 1)));
        Should.Throw<TorchException>(() => Ids(5).OneHot(3));
    }

    [Fact]
    public void Search_counts_what_is_smaller() => Ids(0, 1, 1, 4).SearchSorted(Ids(0, 1, 2, 5)).ShouldHold(0, 1, 3, 4);
}
