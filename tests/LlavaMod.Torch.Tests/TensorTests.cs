namespace LlavaMod.Torch.Tests;

public sealed class TensorTests : TorchTest
{
    [Fact]
    public void Elements_go_in_and_come_out_unchanged()
    {
        Tensor.From([1.5f, -2, float.PositiveInfinity, float.NaN], 2, 2).ToArray<float>().ShouldBe([1.5f, -2, float.PositiveInfinity, float.NaN]);
        Ids(long.MinValue, 0, long.MaxValue).ToArray<long>().ShouldBe([long.MinValue, 0, long.MaxValue]);
        Mask(true, false).ToArray<bool>().ShouldBe([true, false]);
        Tensor.From<byte>([0, 255], 2).ToArray<byte>().ShouldBe([0, 255]);
        Tensor.From([1.0, double.Epsilon], 2).ToArray<double>().ShouldBe([1.0, double.Epsilon]);
        Tensor.From([int.MinValue, 5], 2).ToArray<int>().ShouldBe([int.MinValue, 5]);
        Tensor.From([(Half)0.5, Half.MaxValue], 2).ToArray<Half>().ShouldBe([(Half)0.5, Half.MaxValue]);
    }

    [Fact]
    public void A_tensor_knows_its_shape_type_and_place()
    {
        var x = Create.Zeros([2, 3, 4], DType.BFloat16);
        x.Shape.ShouldBe([2, 3, 4]);
        x.Dimensions.ShouldBe(3);
        x.Elements.ShouldBe(24);
        x.DType.ShouldBe(DType.BFloat16);
        x.Device.ShouldBe(Device.Cpu);
        x.IsContiguous.ShouldBeTrue();
        x.Transpose(0, 1).IsContiguous.ShouldBeFalse();
        x.Size(0).ShouldBe(2);
        x.Size(-1).ShouldBe(4);
        x.ToString().ShouldBe("BFloat16[2, 3, 4] on cpu");
    }

    [Theory, InlineData(2), InlineData(-3)]
    public void A_size_of_no_dimension_is_refused(int dimension) =>
        Should.Throw<ArgumentOutOfRangeException>(() => Create.Zeros([2, 3]).Size(dimension)).Message.ShouldContain("Float32[2, 3] on cpu");

    [Fact]
    public void Scalars_and_empty_tensors_are_tensors()
    {
        var scalar = Create.Scalar(3);
        scalar.Shape.ShouldBeEmpty();
        scalar.Item<float>().ShouldBe(3);
        Create.Zeros([0, 5]).ToArray<float>().ShouldBeEmpty();
        Create.Zeros([0, 5]).Sum().Item<float>().ShouldBe(0);
    }

    [Fact]
    public void Only_one_element_tensors_are_items()
    {
        Tensor.From([4f], 1, 1).Item<int>().ShouldBe(4);
        Should.Throw<InvalidOperationException>(() => Create.Zeros([2]).Item<float>()).Message.ShouldContain("Float32[2]");
    }

    [Fact]
    public void Reading_out_converts_the_type_and_follows_strides()
    {
        var x = Tensor.From([1f, 2, 3, 4, 5, 6], 2, 3);
        x.Transpose(0, 1).ToArray<long>().ShouldBe([1, 4, 2, 5, 3, 6]);
        x.Narrow(1, 1, 2).ToArray<float>().ShouldBe([2, 3, 5, 6]);
    }

    [Fact]
    public void Elements_can_be_written_in_place()
    {
        var x = Create.Zeros([3]);
        x.Span<float>()[1] = 7;
        x.ShouldHold(0, 7, 0);
        x.Narrow(0, 1, 2).Span<float>()[1] = 9;
        x.ShouldHold(0, 7, 9);
    }

    [Fact]
    public void What_is_not_a_plain_array_of_the_type_is_not_readable_in_place()
    {
        Should.Throw<InvalidOperationException>(() => Create.Zeros([2]).Span<double>().Length).Message.ShouldContain("Float32[2]");
        Should.Throw<InvalidOperationException>(() => Create.Zeros([2, 3]).Transpose(0, 1).Span<float>().Length);
    }

    [Fact]
    public void Elements_that_do_not_fill_the_shape_are_refused()
    {
        Should.Throw<ArgumentException>(() => Tensor.From([1f, 2, 3], 2));
        Should.Throw<ArgumentException>(() => Tensor.From([1f], 2));
    }

    [Fact]
    public void A_type_that_no_element_type_stores_is_named() =>
        Should.Throw<NotSupportedException>(() => Tensor.From(['a'], 1)).Message.ShouldContain("Char");

    [Theory]
    [InlineData(DType.UInt8, 1), InlineData(DType.Int8, 1), InlineData(DType.Bool, 1), InlineData(DType.Int16, 2), InlineData(DType.Float16, 2)]
    [InlineData(DType.BFloat16, 2), InlineData(DType.Int32, 4), InlineData(DType.Float32, 4), InlineData(DType.Int64, 8), InlineData(DType.Float64, 8)]
    public void Every_element_type_can_be_made_and_has_its_size(DType dtype, int size)
    {
        dtype.Size().ShouldBe(size);
        var x = Create.Full([3], 1, dtype);
        x.DType.ShouldBe(dtype);
        x.ToArray<double>().ShouldBe([1, 1, 1]);
    }
}
