using System.Numerics;
using System.Runtime.CompilerServices;

namespace LlavaMod.Torch;

/// <summary>
/// 1 / (1 + e^-x) of a vector in registers, within 2e-7 of itself: TensorPrimitives' sigmoid computes in Float64 and stores every step.
/// </summary>
internal static class Sigmoids
{
    /// <summary>Of every element; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Of(Vector<float> x) => Vector<float>.One / (Vector<float>.One + Exp(-x));

    // e^x = 2^n e^r with n = round(x / ln 2), |r| <= ln 2 / 2: e^r by the minimax polynomial of Cephes' expf (Moshier 1989), 2^n by its bits. ln 2 is taken
    // off in two parts, so that r is exact. Beyond +-87 a sigmoid is 0 or 1 to Float32, but denormal numbers would be slow.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Exp(Vector<float> x)
    {
        x = Vector.ConditionalSelect(Vector.GreaterThan(x, new Vector<float>(87)), new Vector<float>(87), x);
        x = Vector.ConditionalSelect(Vector.LessThan(x, new Vector<float>(-87)), new Vector<float>(-87), x);
        var n = Vector.Round(x * 1.44269504f);
        var r = Vector.FusedMultiplyAdd(n, new Vector<float>(2.12194440e-4f), Vector.FusedMultiplyAdd(n, new Vector<float>(-0.693359375f), x));
        var p = Vector.FusedMultiplyAdd(new Vector<float>(1.9875691500e-4f), r, new Vector<float>(1.3981999507e-3f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(8.3334519073e-3f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(4.1665795894e-2f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(1.6666665459e-1f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(0.5f));
        p = Vector.FusedMultiplyAdd(p, r * r, r + Vector<float>.One);
        return p * ((Vector.ConvertToInt32(n) + new Vector<int>(127)) << 23).As<int, float>();
    }
}
