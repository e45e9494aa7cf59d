namespace LlavaMod.Torch.Tests.Operators;

public sealed class ShapingTests : TorchTest
{
    private readonly Tensor x;

    public ShapingTests() => x = Create.Range(0, 6).Reshape(2, 3);

    [Fact]
    public void Reshaping_keeps_the_order()
    {
        x.Reshape(3, 2).ShouldHold([3, 2], [0, 1, 2, 3, 4, 5]);
        x.Reshape(-1).ShouldHold(0, 1, 2, 3, 4, 5);
        x.Reshape(1, 2, -1).Shape.ShouldBe([1, 2, 3]);
        Should.Throw<TorchException>(() => x.Reshape(4, 2)).Message.ShouldContain("aten::reshape(Int64[2, 3] on cpu, [4, 2])");
    }

    [Fact]
    public void Dimensions_swap_and_permute()
    {
        x.Transpose(0, -1).ShouldHold([3, 2], [0, 3, 1, 4, 2, 5]);
        x.Reshape(1, 2, 3).Permute(2, 0, 1).ShouldHold([3, 1, 2], [0, 3, 1, 4, 2, 5]);
    }

    [Fact]
    public void Parts_are_views()
    {
        x.Narrow(1, 1, 2).ShouldHold([2, 2], [1, 2, 4, 5]);
        x.Select(0, -1).ShouldHold(3, 4, 5);
        x.Select(1, 0).Fill_(9);
        x.ShouldHold([2, 3], [9, 1, 2, 9, 4, 5]);
    }

    [Fact]
    public void Dimensions_of_size_1_come_and_go()
    {
        x.Unsqueeze(1).Shape.ShouldBe([2, 1, 3]);
        x.Unsqueeze(-1).Shape.ShouldBe([2, 3, 1]);
        x.Unsqueeze(1).Squeeze(1).Shape.ShouldBe([2, 3]);
        Ids(1, 2).Unsqueeze(1).Expand(2, 3).ShouldHold([2, 3], [1, 1, 1, 2, 2, 2]);
    }

    [Fact]
    public void Contiguous_copies_only_what_has_gaps()
    {
        var turned = x.Transpose(0, 1);
        turned.Contiguous().IsContiguous.ShouldBeTrue();
        turned.Contiguous().ShouldHold([3, 2], [0, 3, 1, 4, 2, 5]);
        x.Contiguous().Fill_(1);
        x.ShouldHold([2, 3], [1, 1, 1, 1, 1, 1]);
    }

    [Fact]
    public void Tensors_join_along_old_and_new_dimensions()
    {
        Shaping.Cat([Ids(1, 2), Ids(3)]).ShouldHold(1, 2, 3);
        Shaping.Cat([x, x], 1).Shape.ShouldBe([2, 6]);
        Shaping.Stack([Ids(1, 2), Ids(3, 4)]).ShouldHold([2, 2], [1, 2, 3, 4]);
        Shaping.Stack([Ids(1, 2), Ids(3, 4)], 1).ShouldHold([2, 2], [1, 3, 2, 4]);
        Should.Throw<TorchException>(() => Shaping.Stack([Ids(1, 2), Ids(3)]));
    }

    [Fact]
    public void A_clone_is_independent()
    {
        var copy = x.Clone();
        copy.Fill_(0);
        x.ShouldHold([2, 3], [0, 1, 2, 3, 4, 5]);
    }

    [Fact]
    public void Conversions_round_as_the_type_does()
    {
        Floats(1.00390625f, -2.7f).To(DType.BFloat16).ShouldHold(1, -2.703125);
        Floats(-2.7f, 2.7f).To(DType.Int64).ShouldHold(-2, 2);
        Floats(0, 0.5f).To(DType.Bool).ToArray<bool>().ShouldBe([false, true]);
    }

    [Fact]
    public void Converting_to_what_it_is_gives_the_same_tensor()
    {
        x.To(DType.Int64).ShouldBeSameAs(x);
        x.To(Device.Cpu).ShouldBeSameAs(x);
    }

    [Fact]
    public void Splitting_gives_parts_of_the_sizes_asked_for()
    {
        var parts = x.Split([2, 0, 1], 1);
        parts[0].ShouldHold([2, 2], [0, 1, 3, 4]);
        parts[1].Shape.ShouldBe([2, 0]);
        parts[2].ShouldHold([2, 1], [2, 5]);
        Should.Throw<TorchException>(() => x.Split([1, 2]));
    }
}
