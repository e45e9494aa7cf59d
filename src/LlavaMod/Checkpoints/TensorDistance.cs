using LlavaMod.Torch;

namespace LlavaMod.Checkpoints;

/// <summary>How far two tensors a and b of one shape are apart, or two sets of tensors; sums in 64 bits.</summary>
/// <param name="Elements">Numbers compared.</param>
/// <param name="Difference">Sum of (a - b)^2.</param>
/// <param name="First">Sum of a^2.</param>
/// <param name="Second">Sum of b^2.</param>
/// <param name="Product">Sum of a b.</param>
/// <param name="MaxAbs">Largest |a - b|.</param>
public readonly record struct TensorDistance(long Elements, double Difference, double First, double Second, double Product, double MaxAbs)
{
    private const long Piece = 1 << 20;

    /// <summary>|a - b| / |a|; infinite where a is zero and b is not.</summary>
    public double RelativeL2 => Difference == 0 ? 0 : Math.Sqrt(Difference / First);

    /// <summary>a b / (|a| |b|), at most 1; 1 for two zeros, 0 where one is zero.</summary>
    public double Cosine => First == 0 && Second == 0 ? 1 : First == 0 || Second == 0 ? 0 : Math.Min(1, Product / Math.Sqrt(First) / Math.Sqrt(Second));

    /// <summary>Compares two tensors of one shape, a piece at a time.</summary>
    public static TensorDistance Of(Tensor first, Tensor second)
    {
        using var scope = new TensorScope();
        var (a, b) = (first.Reshape(-1), second.Reshape(-1));
        var sum = default(TensorDistance);
        for (long start = 0; start < a.Elements; start += Piece)
        {
            using var piece = new TensorScope();
            long count = Math.Min(Piece, a.Elements - start);
            sum += OfPiece(a.Narrow(0, start, count).To(DType.Float64), b.Narrow(0, start, count).To(DType.Float64));
        }
        return sum;
    }

    /// <summary>Both sets as one.</summary>
    public static TensorDistance operator +(TensorDistance x, TensorDistance y) => new(
        x.Elements + y.Elements, x.Difference + y.Difference, x.First + y.First, x.Second + y.Second, x.Product + y.Product, Math.Max(x.MaxAbs, y.MaxAbs));

    private static TensorDistance OfPiece(Tensor a, Tensor b)
    {
        var difference = a - b;
        return new TensorDistance(a.Elements, Number(difference.Square().Sum()), Number(a.Square().Sum()), Number(b.Square().Sum()), Number((a * b).Sum()), Number(difference.Abs().Max()));

        static double Number(Tensor scalar) => scalar.Item<double>();
    }
}
