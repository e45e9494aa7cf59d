using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>
/// Rotary position embedding (Su et al. 2021) in the half-split form of Hugging Face: dimension i turns with dimension i + Dh/2.
/// </summary>
internal sealed class RotaryEmbedding(long headDim, double theta, RopeScaling? scaling = null)
{
    /// <summary>Cosines and sines of some positions, Float32 [B or 1, 1, T, Dh], ready to multiply heads [B, H, T, Dh].</summary>
    public (Tensor Cos, Tensor Sin) At(Tensor positions)
    {
        // positions: [B or 1, T]
        using var scope = new TensorScope();
        var dimensions = Create.Range(0, headDim / 2, positions.Device).To(DType.Float32) * 2.0; // [Dh/2]
        var frequencies = (dimensions * (-Math.Log(theta) / headDim)).Exp();
        if (scaling is not null) frequencies *= Tensor.From(Scales(scaling), headDim / 2).To(positions.Device);
        var angles = positions.To(DType.Float32).Unsqueeze(-1) * frequencies;                    // [B, T, Dh/2]
        var both = Shaping.Cat([angles, angles], -1).Unsqueeze(1);                               // [B, 1, T, Dh]
        return scope.Return(both.Cos(), both.Sin());
    }

    private float[] Scales(RopeScaling by) =>
        [.. Enumerable.Range(0, (int)headDim / 2).Select(i => (float)by.Scale(Math.Pow(theta, -2.0 * i / headDim)))];

    /// <summary>Turns heads [B, H, T, Dh] by the angles of their positions.</summary>
    public static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        using var scope = new TensorScope();
        long half = x.Size(-1) / 2;
        var turned = Shaping.Cat([-x.Narrow(-1, half, half), x.Narrow(-1, 0, half)], -1);
        return scope.Return((x * cos + turned * sin).To(x.DType));
    }
}
