using System.Numerics;
using System.Runtime.CompilerServices;

namespace LlavaMod.Torch;

/// <summary>
/// h = silu(g) * u and its derivatives, silu(g) = g s with s = sigmoid(g) (Shazeer 2020, "GLU variants improve transformer"). Not recorded:
/// what <see cref="CustomFunction"/>s are made of. On the CPU, Float32 and 16-bit types go through memory once, computed in Float32; other
/// types and devices by plain operators.
/// </summary>
public static unsafe class SiluGate
{
    private const int Block = 512; // elements, a multiple of any vector: a block's temporaries stay in the first cache

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

    // Loops of vectors would crawl until the runtime compiles them again, and a short run ends before that: hence optimised at once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardRows(FloatMemory g, FloatMemory u, FloatMemory target, long first, long end, long width)
    {
        float* gates = stackalloc float[3 * Block], ups = gates + Block, results = ups + Block;
        for (long row = first; row < end; row++)
        {
            for (long column = 0; column < width; column += Block)
            {
                int count = (int)Math.Min(Block, width - column);
                long start = row * width + column;
                float* x = Whole(g.Read(start, count, gates), count, gates), y = Whole(u.Read(start, count, ups), count, ups);
                for (int i = 0; i < count; i += Vector<float>.Count)
                {
                    var gate = Vector.Load(x + i);
                    Vector.Store(gate * Sigmoids.Of(gate) * Vector.Load(y + i), results + i);
                }
                target.Write(start, count, results);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardRows(
        FloatMemory g, FloatMemory u, FloatMemory d, FloatMemory target, Tensor? factors, Tensor? dots, long first, long end, long width)
    {
        float* buffer = stackalloc float[5 * Block];
        ReadOnlySpan<float> factor = factors is null ? default : factors.Span<float>();
        Span<float> sums = dots is null ? default : dots.Span<float>();
        for (long row = first; row < end; row++)
        {
            float f = factors is null ? 1 : factor[(int)row], dot = 0;
            for (long column = 0; column < width; column += Block)
            {
                dot += BackwardBlock(g, u, d, target, row * width + column, (int)Math.Min(Block, width - column), f, buffer);
            }
            if (dots is not null) sums[(int)row] = dot;
        }
    }

    // The block's part of the row's d h. buffer: five blocks
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float BackwardBlock(FloatMemory g, FloatMemory u, FloatMemory d, FloatMemory target, long start, int count, float factor, float* buffer)
    {
        float* ofGate = buffer + 3 * Block, ofUp = buffer + 4 * Block;
        float* gates = Whole(g.Read(start, count, buffer), count, buffer);
        float* ups = Whole(u.Read(start, count, buffer + Block), count, buffer + Block);
        float* gradients = Whole(d.Read(start, count, buffer + 2 * Block), count, buffer + 2 * Block);
        var dot = Vector<float>.Zero;
        for (int i = 0; i < count; i += Vector<float>.Count)
        {
            Vector<float> gate = Vector.Load(gates + i), up = Vector.Load(ups + i), gradient = Vector.Load(gradients + i);
            var s = Sigmoids.Of(gate);
            var silu = gate * s;
            dot += gradient * silu * up;
            gradient *= factor;
            Vector.Store(gradient * up * (s + silu * (Vector<float>.One - s)), ofGate + i);
            Vector.Store(gradient * silu, ofUp + i);
        }
        target.Write(start, count, ofGate);
        d.Write(start, count, ofUp);
        return Vector.Sum(dot);
    }

    // A block that no whole number of vectors fills goes on in the buffer, with zeros behind: they add nothing to any sum.
    private static float* Whole(float* elements, int count, float* buffer)
    {
        if (count % Vector<float>.Count == 0) return elements;
        new ReadOnlySpan<float>(elements, count).CopyTo(new Span<float>(buffer, count));
        new Span<float>(buffer + count, Vector<float>.Count - count % Vector<float>.Count).Clear();
        return buffer;
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
