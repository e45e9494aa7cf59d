using System.Numerics;

namespace LlavaMod.Torch.Optim;

/// <summary>
/// The 2-norm of all gradients together, in one pass. In a CPU's memory squares add up in double precision, chunk by chunk in a fixed order;
/// elsewhere libtorch takes the norm of each tensor, and one number is read in all.
/// </summary>
internal static unsafe class GradientNorm
{
    private static readonly Operator Norms = new("_foreach_norm.Scalar");

    public static double Of(IEnumerable<Tensor> gradients)
    {
        using var scope = new TensorScope();
        var chunks = new Chunks();
        var near = new List<FloatMemory>();
        var far = new List<Tensor>();
        foreach (var gradient in gradients.Select(gradient => gradient.Contiguous()))
        {
            if (FloatMemory.Of(gradient) is { } memory)
            {
                chunks.Add(near.Count, gradient.Elements);
                near.Add(memory);
            }
            else if (gradient.Elements > 0)
            {
                far.Add(gradient);
            }
        }
        return Math.Sqrt(Near(near, chunks) + Far(far));
    }

    private static double Near(List<FloatMemory> gradients, Chunks chunks)
    {
        var sums = new double[chunks.Count];
        chunks.Run((chunk, tensor, start, length) => sums[chunk] = SumOfSquares(gradients[tensor], start, length));
        return sums.Sum();
    }

    private static double SumOfSquares(FloatMemory gradient, long start, int length)
    {
        float* buffer = stackalloc float[FloatMemory.Block];
        double sum = 0;
        for (long end = start + length; start < end; start += FloatMemory.Block)
        {
            int count = (int)Math.Min(FloatMemory.Block, end - start);
            sum += SumOfSquares(gradient.Read(start, count, buffer), count);
        }
        return sum;
    }

    private static double SumOfSquares(float* values, int count)
    {
        Vector<double> lowSum = default, highSum = default;
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.Load(values + i), out var low, out var high);
            lowSum += low * low;
            highSum += high * high;
        }
        double sum = Vector.Sum(lowSum + highSum);
        for (; i < count; i++) sum += (double)values[i] * values[i];
        return sum;
    }

    private static double Far(List<Tensor> gradients)
    {
        if (gradients.Count == 0) return 0;
        Tensor? sum = null;
        foreach (var alike in gradients.GroupBy(gradient => (gradient.DType, gradient.Device)))
        {
            Tensor[] list = [.. alike];
            var squares = Shaping.Stack(Norms.CallList(list.Length, Argument.Tensors(list), 2)).To(DType.Float64).Square().Sum();
            sum = sum is null ? squares : sum + squares.To(sum.Device);
        }
        return sum!.Item<double>();
    }
}
