using System.Runtime.Intrinsics.X86;

namespace LlavaMod.Torch;

/// <summary>
/// Products of BFloat16 matrices on processors for which libtorch has no kernel and loops over elements, some forty times slower than Float32:
/// x86 without AVX-512, where oneDNN gives up, or a libtorch without oneDNN. There the factors are widened to Float32, multiplied, and the
/// result is rounded once: what hardware with Float32 accumulators computes. Backward does the same, and keeps the BFloat16 factors alone.
/// </summary>
internal static class WideProducts
{
    private const long BlockElements = 1 << 22; // of a weight that is widened at a time: 16 MiB

    private static readonly Operator LinearOp = new("linear");
    private static readonly Operator MatmulOp = new("matmul");
    private static readonly Operator AddmmOp_ = new("addmm_");
    private static readonly Operator BaddbmmOp_ = new("baddbmm_");

    /// <summary>Whether this machine's BFloat16 products on the CPU go this way.</summary>
    public static bool IsNeeded { get; } =
        !TorchRuntime.HasOneDnn || (X86Base.IsSupported && !(Avx512BW.IsSupported && Avx512BW.VL.IsSupported && Avx512DQ.IsSupported));

    /// <summary>Whether the product of these does.</summary>
    public static bool Take(Tensor a, Tensor b) => IsNeeded && a.DType == DType.BFloat16 && b.DType == DType.BFloat16 && a.Device.IsCpu;

    // x: [..., in], weight: [out, in], bias: [out] -> [..., out]
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias) =>
        GradMode.IsOn ? new LinearFunction().Forward(x, weight, bias) : Product(x, weight, bias);

    // a: [..., N, K], b: [..., K, M] -> [..., N, M]; a vector is a matrix of one row, or of one column
    public static Tensor Matmul(Tensor a, Tensor b)
    {
        using var scope = new TensorScope();
        bool isRow = a.Dimensions == 1, isColumn = b.Dimensions == 1;
        if (isRow) a = a.Unsqueeze(0);
        if (isColumn) b = b.Unsqueeze(1);
        var product = GradMode.IsOn ? new MatmulFunction().Forward(a, b) : Product(a, b);
        if (isRow) product = product.Squeeze(-2);
        return scope.Return(isColumn ? product.Squeeze(-1) : product);
    }

    // x = keep x + a b; x: [N, M], a: [N, K], b: [K, M]
    public static void Addmm_(Tensor x, Tensor a, Tensor b, double keep)
    {
        using var scope = new TensorScope();
        var sum = keep == 0 ? Create.Empty(x.Shape) : x.To(DType.Float32);
        AddmmOp_.Run(sum, a.To(DType.Float32), b.To(DType.Float32), keep);
        x.Copy_(sum);
    }

    // output = a b; [N, A, B], [N, B, C], [N, A, C]
    public static void BmmInto(Tensor a, Tensor b, Tensor output)
    {
        using var scope = new TensorScope();
        output.Copy_(MatmulOp.Call(a.To(DType.Float32), b.To(DType.Float32)));
    }

    // x += a b; x: [N, A, C], a: [N, A, B], b: [N, B, C]
    public static void Baddbmm_(Tensor x, Tensor a, Tensor b)
    {
        using var scope = new TensorScope();
        var sum = x.To(DType.Float32);
        BaddbmmOp_.Run(sum, a.To(DType.Float32), b.To(DType.Float32));
        x.Copy_(sum);
    }

    private static Tensor Product(Tensor a, Tensor b)
    {
        using var scope = new TensorScope();
        if (a.Dimensions == 2 && b.Dimensions == 2 && Blocks(b) is { Length: > 1 } blocks) return scope.Return(Sum(a, b, blocks).To(DType.BFloat16));
        return scope.Return(MatmulOp.Call(a.To(DType.Float32), b.To(DType.Float32)).To(DType.BFloat16));
    }

    // a: [N, K], b: [K, M], a weight -> Float32 [N, M]
    private static Tensor Sum(Tensor a, Tensor b, (long Start, long Count)[] blocks)
    {
        var sum = Create.Zeros([a.Size(0), b.Size(1)]);
        foreach (var (start, count) in blocks)
        {
            using var scope = new TensorScope();
            AddmmOp_.Run(sum, a.Narrow(1, start, count).To(DType.Float32), b.Narrow(0, start, count).To(DType.Float32));
        }
        return sum;
    }

    private static Tensor Product(Tensor x, Tensor weight, Tensor? bias)
    {
        using var scope = new TensorScope();
        var wide = x.To(DType.Float32);
        var wideBias = bias?.To(DType.Float32);
        var blocks = Blocks(weight);
        if (blocks.Length == 1) return scope.Return(LinearOp.Call(wide, weight.To(DType.Float32), wideBias).To(DType.BFloat16));
        var product = Create.Empty([.. x.Shape.AsSpan()[..^1], weight.Size(0)], DType.BFloat16);
        foreach (var (start, count) in blocks)
        {
            using var inner = new TensorScope();
            var part = LinearOp.Call(wide, weight.Narrow(0, start, count).To(DType.Float32), wideBias?.Narrow(0, start, count));
            product.Narrow(-1, start, count).Copy_(part);
        }
        return scope.Return(product);
    }

    // Rows of a weight that are widened together.
    private static (long Start, long Count)[] Blocks(Tensor weight)
    {
        long all = weight.Size(0), rows = Math.Max(1, BlockElements / Math.Max(1, weight.Size(1)));
        var blocks = new (long, long)[Math.Max(1, (all + rows - 1) / rows)];
        for (int i = 0; i < blocks.Length; i++) blocks[i] = (i * rows, Math.Min(rows, all - i * rows));
        return blocks;
    }

    private sealed class LinearFunction : CustomFunction
    {
        private bool hasBias;
        private bool wantsX;
        private bool wantsWeight;
        private bool wantsBias;

        public Tensor Forward(Tensor x, Tensor weight, Tensor? bias)
        {
            using var scope = new TensorScope();
            (hasBias, wantsX, wantsWeight, wantsBias) = (bias is not null, x.RequiresGrad(), weight.RequiresGrad(), bias?.RequiresGrad() ?? false);
            Tensor product;
            using (GradMode.Off()) product = Product(x, weight, bias);
            Attach(bias is null ? [x, weight] : [x, weight, bias], [product], wantsWeight ? [weight, x] : [weight]);
            return scope.Return(product);
        }

        protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved)
        {
            var results = new Tensor?[hasBias ? 3 : 2];
            if (gradients[0] is not { } gradient) return results;
            var weight = saved[0];
            var dy = gradient.Reshape(-1, weight.Size(0)); // [N, out]
            var dx = wantsX ? Sum(dy, weight, Blocks(weight)) : null; // [N, in]
            var dWeight = wantsWeight ? Create.EmptyLike(weight) : null;
            var x = wantsWeight ? saved[1].Reshape(-1, weight.Size(1)).To(DType.Float32) : null; // [N, in]
            foreach (var (start, count) in wantsWeight ? Blocks(weight) : [])
            {
                using var scope = new TensorScope();
                dWeight!.Narrow(0, start, count).Copy_(MatmulOp.Call(dy.Narrow(1, start, count).To(DType.Float32).Transpose(0, 1), x));
            }
            results[0] = dx?.To(DType.BFloat16).Reshape([.. gradient.Shape.AsSpan()[..^1], weight.Size(1)]);
            results[1] = dWeight;
            if (wantsBias) results[2] = dy.To(DType.Float32).Sum(0).To(DType.BFloat16);
            return results;
        }
    }

    private sealed class MatmulFunction : CustomFunction
    {
        private bool wantsA;
        private bool wantsB;

        public Tensor Forward(Tensor a, Tensor b)
        {
            using var scope = new TensorScope();
            (wantsA, wantsB) = (a.RequiresGrad(), b.RequiresGrad());
            Tensor product;
            using (GradMode.Off()) product = Product(a, b);
            Attach([a, b], [product], [a, b]);
            return scope.Return(product);
        }

        protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved)
        {
            if (gradients[0] is not { } gradient) return [null, null];
            var (a, b, dy) = (saved[0], saved[1], gradient.To(DType.Float32));
            var da = wantsA ? SumTo(MatmulOp.Call(dy, b.To(DType.Float32).Transpose(-1, -2)), a.Shape).To(DType.BFloat16) : null;
            var db = wantsB ? SumTo(MatmulOp.Call(a.To(DType.Float32).Transpose(-1, -2), dy), b.Shape).To(DType.BFloat16) : null;
            return [da, db];
        }

        // Sums over what was broadcast.
        private static Tensor SumTo(Tensor x, long[] shape)
        {
            while (x.Dimensions > shape.Length) x = x.Sum(0);
            for (int i = 0; i < shape.Length; i++)
            {
                if (shape[i] == 1 && x.Size(i) != 1) x = x.Sum(i, keep: true);
            }
            return x;
        }
    }
}
