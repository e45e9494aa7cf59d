using LlavaMod.Torch;

namespace LlavaMod.Models;

/// <summary>A matrix and an optional bias: <c>weight [out, in]</c>, <c>bias [out]</c>.</summary>
internal sealed class Linear(ParameterScope scope, long input, long output, bool bias, double deviation = 0.02)
{
    private readonly Tensor weight = scope.Parameter("weight", [output, input], Initializer.Normal(deviation));
    private readonly Tensor? bias = bias ? scope.Parameter("bias", [output], Initializer.Zeros) : null;

    /// <summary>The matrix, [out, in].</summary>
    public Tensor Weight => weight;

    // x: [..., in] -> [..., out]
    public Tensor Forward(Tensor x) => Product(x, weight, bias);

    /// <summary>
    /// x times the transposed weight, plus the bias. One token of one sequence, [1, 1, in], as generation has it, is a vector: BLAS then reads the
    /// weight once, where its product of matrices copies it first.
    /// </summary>
    // x: [..., in], weight: [out, in], bias: [out] -> [..., out]
    public static Tensor Product(Tensor x, Tensor weight, Tensor? bias = null)
    {
        if (GradMode.IsOn || !IsOneToken(x) || weight.DType != DType.Float32 || !weight.Device.IsCpu) return x.Linear(weight, bias);
        using var scope = new TensorScope();
        var product = weight.Matmul(x.Reshape(-1)); // [out]
        if (bias is not null) product = product + bias;
        return scope.Return(product.Reshape(1, 1, -1));
    }

    private static bool IsOneToken(Tensor x) => x.Dimensions == 3 && x.Elements == x.Size(-1);
}
