using System.Numerics.Tensors;

namespace LlavaMod.Torch;

/// <summary>
/// Softmax cross-entropies against fixed distributions, and their gradients: of p = softmax(z / T) against q = softmax(y / T) and against one given class,
/// together. A row is read twice and becomes its own gradient, all of it in Float32; plain operators would go over memory some fifteen times.
/// Not recorded.
/// </summary>
public static unsafe class SoftTargets
{
    private const int Block = 1024; // elements: a block's temporaries stay in the first cache

    /// <summary>What is asked for.</summary>
    /// <param name="Temperature">T.</param>
    /// <param name="SoftWeight">What KL(q || p) is multiplied by in the gradient.</param>
    /// <param name="ClassWeight">What -log p(class) is multiplied by in the gradient.</param>
    public readonly record struct Weights(double Temperature, double SoftWeight, double ClassWeight);

    /// <summary>Sums over the rows.</summary>
    /// <param name="Divergence">Of KL(q || p); 0 without a y.</param>
    /// <param name="Surprisal">Of -log p(class); 0 without classes.</param>
    public readonly record struct Sums(double Divergence, double Surprisal);

    /// <summary>Whether such logits can be taken: contiguous on the CPU, Float32 or of 16 bits.</summary>
    public static bool Take(Tensor z, Tensor? y) => FloatMemory.Of(z) is not null && (y is null || FloatMemory.Of(y) is not null);

    /// <summary>
    /// Overwrites z by the gradient of the weighted sums with respect to z / T. A class to which q gives 0 counts as 0; one that p rules out and q does not
    /// makes the divergence infinite.
    /// </summary>
    /// <param name="z">Logits [n, V].</param>
    /// <param name="y">Logits of q, [n, V], overwritten too; null where there is none.</param>
    /// <param name="classes">Int64 [n] on the CPU; null where there are none.</param>
    /// <param name="weights">Temperature and weights.</param>
    /// <returns>The sums before weights.</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A class is not one of V.</exception>
    public static Sums Replace(Tensor z, Tensor? y, Tensor? classes, Weights weights)
    {
        if (y is not null && !z.Shape.AsSpan().SequenceEqual(y.Shape)) throw new ArgumentException($"z is {z}, y is {y}", nameof(y));
        long rows = z.Size(0), words = z.Size(1);
        long[]? indices = classes?.ToArray<long>();
        if (indices is not null && Array.FindIndex(indices, index => index < 0 || index >= words) is >= 0 and var row)
        {
            throw new ArgumentOutOfRangeException(nameof(classes), indices[row], $"the class of row {row}, of {words}");
        }
        var found = new Sums[rows];
        FloatMemory ofZ = FloatMemory.Of(z)!.Value;
        FloatMemory? ofY = y is null ? null : FloatMemory.Of(y);
        ParallelRows.Run(rows, words, (first, end) =>
        {
            // Rows of 16 bits are widened into these.
            var (wideZ, wideY) = (new float[z.DType == DType.Float32 ? 0 : words], new float[y is null || y.DType == DType.Float32 ? 0 : words]);
            fixed (float* bufferZ = wideZ, bufferY = wideY)
            {
                for (long i = first; i < end; i++)
                {
                    float* own = ofZ.Read(i * words, (int)words, bufferZ), other = ofY is { } memory ? memory.Read(i * words, (int)words, bufferY) : null;
                    var row = new Row(own, other, (int)words, indices is null ? -1 : (int)indices[i], weights);
                    found[i] = row.Replace();
                    ofZ.Write(i * words, (int)words, own);
                }
            }
        });
        return found.Aggregate(new Sums(0, 0), (sum, one) => new Sums(sum.Divergence + one.Divergence, sum.Surprisal + one.Surprisal));
    }

    // One row; y may be null. First z and y become e^(z / T) and e^(y / T), each less its maximum, then z the gradient.
    private struct Row(float* z, float* y, int words, int target, Weights weights)
    {
        private double sumZ;
        private double sumY;
        private double difference; // sum of e^y (y - z), both less their maxima and over T
        private double atTarget;   // z of the target, likewise

        public Sums Replace()
        {
            float highestZ = TensorPrimitives.Max(new ReadOnlySpan<float>(z, words)), highestY = y == null ? 0 : TensorPrimitives.Max(new ReadOnlySpan<float>(y, words));
            float* buffer = stackalloc float[Block];
            for (int column = 0; column < words; column += Block) Exponentials(column, highestZ, highestY, buffer);
            for (int column = 0; column < words; column += Block) Gradient(column);
            double logZ = Math.Log(sumZ);
            if (target >= 0) z[target] -= (float)weights.ClassWeight;
            return new Sums(y == null ? 0 : difference / sumY - Math.Log(sumY) + logZ, target < 0 ? 0 : logZ - atTarget);
        }

        private void Exponentials(int column, float highestZ, float highestY, float* buffer)
        {
            int count = Math.Min(Block, words - column);
            var own = new Span<float>(z + column, count);
            Shift(own, highestZ);
            if (target >= column && target < column + count) atTarget = z[target];
            if (y != null)
            {
                Span<float> other = new(y + column, count), difference = new(buffer, count);
                Shift(other, highestY);
                TensorPrimitives.Subtract(other, own, difference);
                TensorPrimitives.Exp(other, other);
                sumY += TensorPrimitives.Sum<float>(other);
                this.difference += Dot(other, difference);
            }
            TensorPrimitives.Exp(own, own);
            sumZ += TensorPrimitives.Sum<float>(own);
        }

        private readonly void Shift(Span<float> logits, float highest)
        {
            TensorPrimitives.Subtract(logits, highest, logits);
            if (weights.Temperature != 1) TensorPrimitives.Multiply(logits, (float)(1 / weights.Temperature), logits);
        }

        // Without the classes whose q is 0: there y - z may be infinite, or no number.
        private static double Dot(ReadOnlySpan<float> q, ReadOnlySpan<float> difference)
        {
            float dot = TensorPrimitives.Dot(q, difference);
            if (float.IsFinite(dot)) return dot;
            double sum = 0;
            for (int i = 0; i < q.Length; i++) sum += q[i] == 0 ? 0 : q[i] * difference[i];
            return sum;
        }

        // (a + b) p - a q; the class is left for later.
        private readonly void Gradient(int column)
        {
            int count = Math.Min(Block, words - column);
            var own = new Span<float>(z + column, count);
            TensorPrimitives.Multiply(own, (float)((weights.SoftWeight + weights.ClassWeight) / sumZ), own);
            if (y != null && weights.SoftWeight != 0) TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(y + column, count), (float)(-weights.SoftWeight / sumY), own, own);
        }
    }
}
