namespace LlavaMod.Torch.Tests;

internal static class TensorAssertions
{
    /// <summary>The tensor has this shape and, in row-major order, these elements.</summary>
    public static void ShouldHold(this Tensor tensor, long[] shape, double[] elements, double tolerance = 1e-6)
    {
        tensor.Shape.ShouldBe(shape);
        tensor.ToArray<double>().ShouldBe(elements, tolerance);
    }

    /// <summary>A vector of these elements.</summary>
    public static void ShouldHold(this Tensor tensor, params double[] elements) => tensor.ShouldHold([elements.Length], elements);

    public static void ShouldEqualBitwise(this Tensor actual, Tensor expected)
    {
        actual.DType.ShouldBe(expected.DType);
        actual.Shape.ShouldBe(expected.Shape);
        Bits(actual).ShouldBe(Bits(expected));
    }

    private static long[] Bits(Tensor tensor) => Array.ConvertAll(tensor.ToArray<double>(), BitConverter.DoubleToInt64Bits);
}
