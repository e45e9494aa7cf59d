using LlavaMod.Models.Attending;
using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>
/// Rotary position embedding (Su et al. 2021) in the half-split form of Hugging Face: dimension i turns with dimension i + Dh/2.
/// </summary>
internal sealed class RotaryEmbedding(long headDim, double theta, RopeScaling? scaling = null) : IDisposable
{
    private readonly Lock gate = new();
    private RotaryAngles? counted; // of positions 0, 1, ..., [1, longest seen, Dh/2]

    /// <summary>Angles of positions 0 .. T-1, Float32 [1, T, Dh/2].</summary>
    public RotaryAngles Upto(long length, Device device)
    {
        lock (gate)
        {
            if (counted is null || counted.Cos.Size(1) < length || counted.Cos.Device != device) Count(length, device);
            return new(counted!.Cos.Narrow(1, 0, length), counted.Sin.Narrow(1, 0, length));
        }
    }

    /// <summary>Angles of some positions [B or 1, T]: Float32 [B or 1, T, Dh/2].</summary>
    public RotaryAngles At(Tensor positions)
    {
        using var scope = new TensorScope();
        var dimensions = Create.Range(0, headDim / 2, positions.Device).To(DType.Float32) * 2.0; // [Dh/2]
        var frequencies = (dimensions * (-Math.Log(theta) / headDim)).Exp();
        if (scaling is not null) frequencies *= Tensor.From(Scales(scaling), headDim / 2).To(positions.Device);
        var angles = positions.To(DType.Float32).Unsqueeze(-1) * frequencies;                    // [B, T, Dh/2]
        var (cos, sin) = scope.Return(angles.Cos(), angles.Sin());
        return new(cos, sin);
    }

    private void Count(long length, Device device)
    {
        using var scope = new TensorScope();
        var longer = At(Create.Range(0, length, device).Unsqueeze(0));
        Dispose();
        counted = new(longer.Cos.Unscope(), longer.Sin.Unscope());
    }

    private float[] Scales(RopeScaling by) =>
        [.. Enumerable.Range(0, (int)headDim / 2).Select(i => (float)by.Scale(Math.Pow(theta, -2.0 * i / headDim)))];

    /// <summary>Releases the angles that are kept.</summary>
    public void Dispose()
    {
        counted?.Cos.Dispose();
        counted?.Sin.Dispose();
        counted = null;
    }
}
