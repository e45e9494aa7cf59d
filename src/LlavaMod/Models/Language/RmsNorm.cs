using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>x / rms(x) * weight over the last dimension (Zhang and Sennrich 2019), in Float32 whatever the input's type.</summary>
internal sealed class RmsNorm(ParameterScope scope, long size, double epsilon)
{
    private readonly Tensor weight = scope.Parameter("weight", [size], Initializer.Ones, DType.Float32);

    // x: [..., D] -> [..., D], of x's type
    public Tensor Forward(Tensor x)
    {
        using var inner = new TensorScope();
        var exact = x.To(DType.Float32);
        var normalised = exact * (exact.Square().Mean(-1, keep: true) + epsilon).Rsqrt();
        return inner.Return((normalised * weight).To(x.DType));
    }
}
