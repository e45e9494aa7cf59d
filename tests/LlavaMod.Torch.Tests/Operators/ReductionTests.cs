namespace LlavaMod.Torch.Tests.Operators;

public sealed class ReductionTests : TorchTest
{
    private readonly Tensor x;

    public ReductionTests() => x = Tensor.From([1f, 5, 3, 4, 2, 6], 2, 3);

    [Fact]
    public void Sums_and_means_go_over_all_or_one_dimension()
    {
        x.Sum().ShouldHold([], [21]);
        x.Sum(0).ShouldHold(5, 7, 9);
        x.Sum(-1).ShouldHold(9, 12);
        x.Sum(-1, keep: true).ShouldHold([2, 1], [9, 12]);
        x.Mean().ShouldHold([], [3.5]);
        x.Mean(1).ShouldHold(3, 4);
        x.Mean(0, keep: true).ShouldHold([1, 3], [2.5, 3.5, 4.5]);
    }

    [Fact]
    public void Counting_a_mask_gives_integers()
    {
        var count = Mask(true, false, true).Sum();
        count.DType.ShouldBe(DType.Int64);
        count.Item<long>().ShouldBe(2);
    }

    [Fact]
    public void Extremes_are_found()
    {
        x.Max().ShouldHold([], [6]);
        x.Argmax(1).ShouldHold(1, 2);
        x.Argmax(0).ShouldHold(1, 0, 1);
    }

    [Fact]
    public void Log_sum_exp_is_stable()
    {
        Floats(0, 0).LogSumExp(0).ShouldHold([], [Math.Log(2)]);
        Floats(1000, 1000).LogSumExp(0, keep: true).ShouldHold([1], [1000 + Math.Log(2)], 1e-3);
    }

    [Fact]
    public void Running_sums_run_along_their_dimension()
    {
        x.Cumsum(1).ShouldHold([2, 3], [1, 6, 9, 4, 6, 12]);
        x.Cumsum(0).ShouldHold([2, 3], [1, 5, 3, 5, 7, 9]);
    }

    [Fact]
    public void Topk_falls_and_says_where()
    {
        var (values, indices) = x.Topk(2);
        values.ShouldHold([2, 2], [5, 3, 6, 4]);
        indices.ShouldHold([2, 2], [1, 2, 2, 0]);
        Should.Throw<TorchException>(() => x.Topk(4));
    }

    [Fact]
    public void Sorting_is_stable()
    {
        var (values, order) = Floats(2, 1, 2, 1).Sort();
        values.ShouldHold(1, 1, 2, 2);
        order.ShouldHold(1, 3, 0, 2);
        Floats(2, 1, 2, 1).Sort(descending: true).Order.ShouldHold(0, 2, 1, 3);
        x.Sort(0).Values.ShouldHold([2, 3], [1, 2, 3, 4, 5, 6]);
    }

    [Fact]
    public void Bincount_has_an_entry_for_what_never_occurs() => Ids(0, 2, 2).Bincount(4).ShouldHold(1, 0, 2, 0);
}
