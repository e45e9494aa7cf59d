namespace LlavaMod.Torch.Tests.Operators;

public sealed class ComparisonTests : TorchTest
{
    private static void ShouldBe(Tensor mask, params bool[] expected)
    {
        mask.DType.ShouldBe(DType.Bool);
        mask.ToArray<bool>().ShouldBe(expected);
    }

    [Fact]
    public void Numbers_compare_with_every_element()
    {
        ShouldBe(Floats(1, 2, 0.5f).Equal(0.5), false, false, true);
        ShouldBe(Ids(1, -100, 3).Equal(-100), false, true, false);
        ShouldBe(Ids(1, -100, 3).NotEqual(-100), true, false, true);
        ShouldBe(Floats(1, 2, 3).Less(2), true, false, false);
        ShouldBe(Floats(1, 2, 3).Greater(2), false, false, true);
    }

    [Fact]
    public void Ids_compare_exactly_however_big_they_are()
    {
        ShouldBe(Ids(long.MaxValue, long.MaxValue - 1).Equal(long.MaxValue), true, false);
        ShouldBe(Ids((1L << 53) + 1, 1L << 53).NotEqual(1L << 53), true, false);
    }

    [Fact]
    public void Tensors_compare_element_by_element()
    {
        var x = Floats(1, 2, 3);
        var y = Floats(3, 2, 1);
        ShouldBe(x.Equal(y), false, true, false);
        ShouldBe(x.Less(y), true, false, false);
        ShouldBe(x.LessEqual(y), true, true, false);
    }

    [Fact]
    public void Masks_combine()
    {
        ShouldBe(Mask(true, true, false).And(Mask(true, false, false)), true, false, false);
        ShouldBe(Mask(true, false).Not(), false, true);
        Mask(true, true).All().Item<bool>().ShouldBeTrue();
        Mask(true, false).All().Item<bool>().ShouldBeFalse();
    }

    [Fact]
    public void Infinities_and_nan_are_not_finite() =>
        ShouldBe(Floats(1, float.NaN, float.PositiveInfinity, float.NegativeInfinity).IsFinite(), true, false, false, false);

    [Fact]
    public void Where_chooses_by_the_condition() =>
        Mask(true, false).Where(Floats(1, 2), Floats(10, 20)).ShouldHold(1, 20);

    [Fact]
    public void A_masked_fill_leaves_the_original_alone()
    {
        var x = Floats(1, 2, 3);
        x.MaskedFill(Mask(false, true, false), double.NegativeInfinity).ToArray<float>().ShouldBe([1, float.NegativeInfinity, 3]);
        x.ShouldHold(1, 2, 3);
    }
}
