namespace LlavaMod.Torch.Tests.Operators;

public sealed class CreateTests : TorchTest
{
    [Fact]
    public void Filled_tensors_hold_their_value()
    {
        Create.Zeros([2]).ShouldHold(0, 0);
        Create.Ones([1, 2]).ShouldHold([1, 2], [1, 1]);
        Create.Full([2], 0.25, DType.Float16).ShouldHold(0.25, 0.25);
        Create.Full([2], 1, DType.Bool).ToArray<bool>().ShouldBe([true, true]);
        Create.Scalar(-3, DType.Int64).ShouldHold([], [-3]);
    }

    [Fact]
    public void A_range_ends_before_its_end()
    {
        Create.Range(2, 5).DType.ShouldBe(DType.Int64);
        Create.Range(2, 5).ShouldHold(2, 3, 4);
        Create.Range(2, 2).ShouldHold();
    }

    [Fact]
    public void Likenesses_have_the_shape_and_type_of_their_model()
    {
        var model = Create.Ones([2, 3], DType.BFloat16);
        Create.ZerosLike(model).ShouldEqualBitwise(Create.Zeros([2, 3], DType.BFloat16));
        var empty = Create.EmptyLike(model);
        empty.Shape.ShouldBe([2, 3]);
        empty.DType.ShouldBe(DType.BFloat16);
        Create.Empty([4, 0], DType.Int32).ToString().ShouldBe("Int32[4, 0] on cpu");
    }

    [Fact]
    public void Normal_numbers_have_mean_0_and_deviation_1()
    {
        using var generator = new RandomGenerator(3);
        var x = Create.Normal([20_000], generator);
        x.Mean().Item<double>().ShouldBe(0, 0.03);
        x.Square().Mean().Item<double>().ShouldBe(1, 0.05);
    }

    [Fact]
    public void Uniform_numbers_fill_0_to_1()
    {
        using var generator = new RandomGenerator(3);
        var x = Create.Uniform([20_000], generator).ToArray<float>();
        x.ShouldAllBe(value => value >= 0 && value < 1);
        x.Average().ShouldBe(0.5f, 0.01f);
        x.Max().ShouldBeGreaterThan(0.99f);
        x.Min().ShouldBeLessThan(0.01f);
    }

    [Fact]
    public void A_negative_size_is_refused() => Should.Throw<TorchException>(() => Create.Zeros([2, -1])).Message.ShouldContain("[2, -1]");
}
