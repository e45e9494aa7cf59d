using System.Numerics.Tensors;

namespace LlavaMod.Torch.Optim;

/// <summary>Sums of gradients in Float32, where 16 bits would lose what is small: one pass that reads each once and writes the sum.</summary>
internal static unsafe class GradientSum
{
    /// <summary>A new Float32 tensor of the current scope: first + second.</summary>
    public static Tensor Of(Tensor first, Tensor second)
    {
        if (FloatMemory.Of(first) is not { } left || FloatMemory.Of(second) is not { } right) return first.To(DType.Float32) + second.To(DType.Float32);
        var sum = Create.Empty(first.Shape);
        Add(FloatMemory.Of(sum)!.Value, left, right, sum.Elements);
        return sum;
    }

    /// <summary>sum += gradient.</summary>
    public static void Into(Tensor sum, Tensor gradient)
    {
        if (FloatMemory.Of(sum) is { } target && FloatMemory.Of(gradient) is { } right) Add(target, target, right, sum.Elements);
        else sum.Add_(gradient);
    }

    private static void Add(FloatMemory target, FloatMemory first, FloatMemory second, long elements)
    {
        var chunks = new Chunks();
        chunks.Add(0, elements);
        chunks.Run((_, _, start, length) => Add(target, first, second, start, length));
    }

    private static void Add(FloatMemory target, FloatMemory first, FloatMemory second, long start, int length)
    {
        float* left = stackalloc float[FloatMemory.Block], right = stackalloc float[FloatMemory.Block], none = null;
        for (long end = start + length; start < end; start += FloatMemory.Block)
        {
            int count = (int)Math.Min(FloatMemory.Block, end - start);
            TensorPrimitives.Add(
                new ReadOnlySpan<float>(first.Read(start, count, left), count),
                new ReadOnlySpan<float>(second.Read(start, count, right), count),
                new Span<float>(target.Read(start, count, none), count)); // Float32: in place
        }
    }
}
