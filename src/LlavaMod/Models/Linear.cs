using LlavaMod.Torch;

namespace LlavaMod.Models;

/// <summary>A matrix and an optional bias: <c>weight [out, in]</c>, <c>bias [out]</c>.</summary>
internal sealed class Linear(ParameterScope scope, long input, long output, bool bias, double deviation = 0.02)
{
    private readonly Tensor weight = scope.Parameter("weight", [output, input], Initializer.Normal(deviation));
    private readonly Tensor? bias = bias ? scope.Parameter("bias", [output], Initializer.Zeros) : null;

    // x: [..., in] -> [..., out]
    public Tensor Forward(Tensor x) => x.Linear(weight, bias);
}
