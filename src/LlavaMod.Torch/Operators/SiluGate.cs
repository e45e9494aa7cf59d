using System.Numerics.Tensors;
using LlavaMod.Torch.Optim;

namespace LlavaMod.Torch;

/// <summary>
/// h = silu(g) * u and its derivatives, silu(g) = g s with s = sigmoid(g) (Shazeer 2020, "GLU variants improve transformer"). Not recorded:
/// what <see cref="CustomFunction"/>s are made of. On the CPU, Float32 and 16-bit types go through memory once, computed in Float32; other
/// types and devices by plain operators.
/// </summary>
public static unsafe class SiluGate
{
    private const int Block = 512; // elements: a block's temporaries stay in the first cache

    private static readonly Operator SiluOp = new("silu.out");
    private static readonly Operator SiluBackwardOp = new("silu_backward");
    private static readonly Operator SumOp = new("sum.dim_IntList");

    /// <summary>silu(g) * u. g, u: [M, F], contiguous.</summary>
    /// <param name="g">What is gated.</param>
    /// <param name="u">What it is multiplied with.</param>
    /// <param name="target">Where the result goes, [M, F]; it may be g or u.</param>
    /// <returns><paramref name="target"/>.</returns>
    public static Tensor Forward(Tensor g, Tensor u, Tensor target)
    {
        if (FloatMemory.Of(g) is { } gate && FloatMemory.Of(u) is { } up && FloatMemory.Of(target) is { } result)
        {
            long width = g.Size(-1);
            ParallelRows.Run(width == 0 ? 0 : g.Elements / width, width, (first, end) => ForwardRows(gate, up, result, first, end, width));
            return target;
        }
        using var scope = new TensorScope();
        return target.Copy_(g.Silu().Multiply_(u));
    }

    /// <summary>
    /// From d = dL/dh / f, f a factor of every row: <paramref name="d"/> becomes dL/du = f d silu(g), <paramref name="target"/> becomes
    /// dL/dg = f d u (s + g s (1 - s)), both [M, F].
    /// </summary>
    /// <param name="g">What is gated, [M, F], contiguous.</param>
    /// <param name="u">What it is multiplied with, [M, F], contiguous.</param>
    /// <param name="d">Gradient of the result, overwritten.</param>
    /// <param name="target">Where the gradient by g goes.</param>
    /// <param name="factors">f, Float32 [M]; null is 1.</param>
    /// <param name="dots">Receives dL/df, the sum of d h over every row, Float32 [M]; null where nobody wants it.</param>
    public static void Backward(Tensor g, Tensor u, Tensor d, Tensor target, Tensor? factors = null, Tensor? dots = null)
    {
        if (FloatMemory.Of(g) is { } gate && FloatMemory.Of(u) is { } up && FloatMemory.Of(d) is { } gradient && FloatMemory.Of(target) is { } result)
        {
            long width = g.Size(1);
            ParallelRows.Run(g.Size(0), width, (first, end) => BackwardRows(gate, up, gradient, result, factors, dots, first, end, width));
        }
        else
        {
            BackwardPlain(g, u, d, target, factors, dots);
        }
    }

    private static void ForwardRows(FloatMemory g, FloatMemory u, FloatMemory target, long first, long end, long width)
    {
        float* buffer = stackalloc float[3 * Block];
        var s = new Span<float>(buffer, Block);
        for (long row = first; row < end; row++)
        {
            for (long column = 0; column < width; column += Block)
            {
                int count = (int)Math.Min(Block, width - column);
                long start = row * width + column;
                var gates = new ReadOnlySpan<float>(g.Read(start, count, buffer + Block), count);
                var ups = new ReadOnlySpan<float>(u.Read(start, count, buffer + 2 * Block), count);
                TensorPrimitives.Sigmoid(gates, s);
                TensorPrimitives.Multiply(s[..count], gates, s);
                TensorPrimitives.Multiply(s[..count], ups, s);
                target.Write(start, count, buffer);
            }
        }
    }

    private static void BackwardRows(
        FloatMemory g, FloatMemory u, FloatMemory d, FloatMemory target, Tensor? factors, Tensor? dots, long first, long end, long width)
    {
        float* buffer = stackalloc float[6 * Block];
        ReadOnlySpan<float> factor = factors is null ? default : factors.Span<float>();
        Span<float> sums = dots is null ? default : dots.Span<float>();
        for (long row = first; row < end; row++)
        {
            float f = factors is null ? 1 : factor[(int)row], dot = 0;
            for (long column = 0; column < width; column += Block)
            {
                dot += BackwardBlock(g, u, d, target, row * width + column, (int)Math.Min(Block, width - column), f, dots is not null, buffer);
            }
            if (dots is not null) sums[(int)row] = dot;
        }
    }

    // buffer: six blocks
    private static float BackwardBlock(
        FloatMemory g, FloatMemory u, FloatMemory d, FloatMemory target, long start, int count, float factor, bool wantsDot, float* buffer)
    {
        Span<float> s = new(buffer, count), silu = new(buffer + Block, count), changed = new(buffer + 2 * Block, count);
        var gates = new ReadOnlySpan<float>(g.Read(start, count, buffer + 3 * Block), count);
        var ups = new ReadOnlySpan<float>(u.Read(start, count, buffer + 4 * Block), count);
        var gradients = new ReadOnlySpan<float>(d.Read(start, count, buffer + 5 * Block), count);
        TensorPrimitives.Sigmoid(gates, s);
        TensorPrimitives.Multiply(s, gates, silu);
        float dot = 0;
        if (wantsDot)
        {
            TensorPrimitives.Multiply(silu, ups, changed);
            dot = TensorPrimitives.Dot(gradients, changed);
        }
        TensorPrimitives.Subtract(1, s, changed);
        TensorPrimitives.MultiplyAdd(changed, silu, s, s); // s + g s (1 - s)
        TensorPrimitives.Multiply(s, ups, s);
        TensorPrimitives.Multiply(gradients, factor, changed);
        TensorPrimitives.Multiply(s, changed, s);
        TensorPrimitives.Multiply(silu, changed, silu);
        target.Write(start, count, buffer);
        d.Write(start, count, buffer + Block);
        return dot;
    }

    private static void BackwardPlain(Tensor g, Tensor u, Tensor d, Tensor target, Tensor? factors, Tensor? dots)
    {
        using var scope = new TensorScope();
        SiluOp.Run(g, target);
        dots?.Copy_(SumOp.Call(d * target * u, Argument.Ints(-1), false, DType.Float32));
        if (factors is not null) d.Multiply_(factors.To(d.DType).Unsqueeze(-1));
        var gateGradient = SiluBackwardOp.Call(d * u, g);
        d.Multiply_(target);
        target.Copy_(gateGradient);
    }
}
