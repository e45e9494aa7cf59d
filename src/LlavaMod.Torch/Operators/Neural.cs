namespace LlavaMod.Torch;

/// <summary>
/// What layers and losses are made of. Products of BFloat16 run in Float32 where <see cref="TorchRuntime.WidensBFloat16"/> says so.
/// </summary>
public static class Neural
{
    private static readonly Operator LinearOp = new("linear");
    private static readonly Operator MatmulOp = new("matmul");
    private static readonly Operator AddmmOp_ = new("addmm_");
    private static readonly Operator BmmOp = new("bmm");
    private static readonly Operator BmmOutOp = new("bmm.out");
    private static readonly Operator BaddbmmOp_ = new("baddbmm_");
    private static readonly Operator ScaledDotProductAttentionOp = new("scaled_dot_product_attention"); // from libtorch 2.0 on
    private static readonly Lazy<bool> HasAttention = new(() => ScaledDotProductAttentionOp.Exists);
    private static readonly Operator EmbeddingOp = new("embedding");
    private static readonly Operator LayerNormOp = new("layer_norm");
    private static readonly Operator SoftmaxOp = new("softmax.int");
    private static readonly Operator LogSoftmaxOp = new("log_softmax.int");
    private static readonly Operator SiluOp = new("silu");
    private static readonly Operator GeluOp = new("gelu");
    private static readonly Operator SigmoidOp = new("sigmoid");
    private static readonly Operator LogSigmoidOp = new("log_sigmoid");
    private static readonly Operator ReluOp = new("relu");
    private static readonly Operator Conv2dOp = new("conv2d");

    /// <summary>x Wᵀ + b. x: [..., in], weight: [out, in], bias: [out]; result [..., out].</summary>
    public static Tensor Linear(this Tensor x, Tensor weight, Tensor? bias = null) =>
        WideProducts.Take(x, weight) ? WideProducts.Linear(x, weight, bias) : LinearOp.Call(x, weight, bias);

    /// <summary>Matrix product over the last two dimensions, leading ones broadcast.</summary>
    public static Tensor Matmul(this Tensor x, Tensor other) =>
        WideProducts.Take(x, other) ? WideProducts.Matmul(x, other) : MatmulOp.Call(x, other);

    /// <summary>Multiplies x [n, m] by <paramref name="keep"/> and adds the product of left [n, k] and right [k, m], in place; with 0, x may hold anything.</summary>
    public static Tensor Addmm_(this Tensor x, Tensor left, Tensor right, double keep = 1)
    {
        if (WideProducts.Take(left, right)) WideProducts.Addmm_(x, left, right, keep);
        else AddmmOp_.Run(x, left, right, keep, 1.0);
        return x;
    }

    /// <summary>Products of as many matrices: x [N, A, B], other [N, B, C]; result [N, A, C].</summary>
    public static Tensor Bmm(this Tensor x, Tensor other) =>
        WideProducts.Take(x, other) ? WideProducts.Matmul(x, other) : BmmOp.Call(x, other);

    /// <summary>Products of as many matrices, written to [N, A, C], which may be part of a larger tensor.</summary>
    public static void BmmInto(this Tensor x, Tensor other, Tensor output)
    {
        if (WideProducts.Take(x, other)) WideProducts.BmmInto(x, other, output);
        else BmmOutOp.Run(x, other, output);
    }

    /// <summary>Adds products of as many matrices in place: x [N, A, C], first [N, A, B], second [N, B, C].</summary>
    public static Tensor Baddbmm_(this Tensor x, Tensor first, Tensor second)
    {
        if (WideProducts.Take(first, second)) WideProducts.Baddbmm_(x, first, second);
        else BaddbmmOp_.Run(x, first, second);
        return x;
    }

    /// <summary>Whether this libtorch has <see cref="ScaledDotProductAttention"/>.</summary>
    public static bool HasScaledDotProductAttention => HasAttention.Value;

    /// <summary>softmax(q kᵀ / sqrt(Dh)) v for heads [B, H, T, Dh], T the same for all; causal, or everything sees everything.</summary>
    public static Tensor ScaledDotProductAttention(this Tensor query, Tensor key, Tensor value, bool causal) =>
        WideProducts.Take(query, key)
            ? ScaledDotProductAttention(query.To(DType.Float32), key.To(DType.Float32), value.To(DType.Float32), causal).To(DType.BFloat16)
            : ScaledDotProductAttentionOp.Call(query, key, value, Argument.None, 0.0, causal);

    /// <summary>Rows of weight [V, D] for ids of any shape; result [..., D].</summary>
    public static Tensor Embedding(this Tensor ids, Tensor weight) => EmbeddingOp.Call(weight, ids);

    /// <summary>Normalises the last dimension to mean 0 and variance 1, then scales and shifts.</summary>
    public static Tensor LayerNorm(this Tensor x, Tensor weight, Tensor bias, double epsilon) =>
        LayerNormOp.Call(x, Argument.Ints(weight.Size(0)), weight, bias, epsilon);

    /// <summary>Softmax over one dimension, computed and returned in <paramref name="dtype"/> when given.</summary>
    public static Tensor Softmax(this Tensor x, int dimension = -1, DType? dtype = null) =>
        SoftmaxOp.Call(x, dimension, dtype is { } type ? type : Argument.None);

    /// <summary>log softmax over one dimension, computed and returned in <paramref name="dtype"/> when given.</summary>
    public static Tensor LogSoftmax(this Tensor x, int dimension = -1, DType? dtype = null) =>
        LogSoftmaxOp.Call(x, dimension, dtype is { } type ? type : Argument.None);

    /// <summary>x * sigmoid(x).</summary>
    public static Tensor Silu(this Tensor x) => SiluOp.Call(x);

    /// <summary>Exact GELU (erf).</summary>
    public static Tensor Gelu(this Tensor x) => GeluOp.Call(x, "none"u8);

    /// <summary>GELU's tanh approximation.</summary>
    public static Tensor GeluTanh(this Tensor x) => GeluOp.Call(x, "tanh"u8);

    /// <summary>CLIP's approximation, x * sigmoid(1.702 x).</summary>
    public static Tensor QuickGelu(this Tensor x) => x * (x * 1.702).Sigmoid();

    /// <summary>1 / (1 + exp(-x)).</summary>
    public static Tensor Sigmoid(this Tensor x) => SigmoidOp.Call(x);

    /// <summary>log(sigmoid(x)), without overflow.</summary>
    public static Tensor LogSigmoid(this Tensor x) => LogSigmoidOp.Call(x);

    /// <summary>max(0, x).</summary>
    public static Tensor Relu(this Tensor x) => ReluOp.Call(x);

    /// <summary>Convolution without padding. x: [B, C, H, W], weight: [out, C, K, K].</summary>
    public static Tensor Conv2d(this Tensor x, Tensor weight, Tensor? bias, long stride) =>
        WideProducts.Take(x, weight)
            ? Conv2d(x.To(DType.Float32), weight.To(DType.Float32), bias?.To(DType.Float32), stride).To(DType.BFloat16)
            : Conv2dOp.Call(x, weight, bias, Argument.Ints(stride, stride));
}
