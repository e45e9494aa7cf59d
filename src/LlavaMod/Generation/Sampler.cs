using System.Numerics.Tensors;

namespace LlavaMod.Generation;

/// <summary>
/// Chooses a token from logits on the host, with buffers that are made once. Filters in transformers' order: repetition penalty, temperature,
/// top-k, top-p, min-p.
/// </summary>
/// <param name="words">Logits of a row, V.</param>
internal sealed class Sampler(int words)
{
    // The first so many entries of these are the tokens that are still in question.
    private readonly float[] scores = new float[words];
    private readonly int[] tokens = new int[words];
    private readonly ulong[] order = new ulong[words];
    private readonly PriorityQueue<int, float> best = new();

    /// <summary>The next token.</summary>
    /// <param name="logits">[V], of any sign.</param>
    /// <param name="options">Temperature and filters.</param>
    /// <param name="seen">The tokens that the repetition penalty is about.</param>
    /// <param name="random">State of the row's own random numbers; one is drawn where the temperature is not 0.</param>
    /// <exception cref="InvalidOperationException">The logits are not finite.</exception>
    public int Choose(ReadOnlySpan<float> logits, GenerationOptions options, IReadOnlySet<int> seen, ref ulong random)
    {
        float highest = TensorPrimitives.Max(logits);
        if (!float.IsFinite(highest)) throw new InvalidOperationException($"the largest logit of a step is {highest}: the model's weights are damaged, or too large for their type");
        logits.CopyTo(scores);
        Penalize(seen, (float)options.RepetitionPenalty);
        highest = TensorPrimitives.Max<float>(scores);
        if (options.Temperature == 0) return TensorPrimitives.IndexOfMax<float>(scores);

        int count = TakeTopK(options.TopK);
        Weigh(count, highest, options.Temperature);
        count = TakeTopP(count, options.TopP);
        count = TakeMinP(count, options.MinP);
        return Draw(count, SplitMix64.Next(ref random));
    }

    // A quotient beyond the largest number is the largest number, and not infinite: differences of scores stay numbers.
    private void Penalize(IReadOnlySet<int> seen, float penalty)
    {
        foreach (int token in seen) scores[token] = scores[token] > 0 ? Math.Min(scores[token] / penalty, float.MaxValue) : scores[token] * penalty;
    }

    // Tokens at least as likely as the k-th; all of them for 0.
    private int TakeTopK(int k)
    {
        float least = k == 0 || k >= words ? float.NegativeInfinity : Kth(k);
        int count = 0;
        for (int i = 0; i < words; i++)
        {
            if (!(scores[i] >= least)) continue;
            (tokens[count], scores[count]) = (i, scores[i]);
            count++;
        }
        return count;
    }

    private float Kth(int k)
    {
        best.Clear();
        for (int i = 0; i < k; i++) best.Enqueue(i, scores[i]);
        best.TryPeek(out _, out float least);
        for (int i = k; i < words; i++)
        {
            if (scores[i] <= least) continue;
            best.DequeueEnqueue(i, scores[i]);
            best.TryPeek(out _, out least);
        }
        return least;
    }

    // Scores become weights: probabilities but for one factor, with which the likeliest token has 1.
    private void Weigh(int count, float highest, double temperature)
    {
        var taken = scores.AsSpan(0, count);
        TensorPrimitives.Subtract(taken, highest, taken);
        TensorPrimitives.Multiply(taken, (float)Math.Min(1 / temperature, float.MaxValue), taken); // not infinite: the likeliest has 0, and 0 times that is no number
        TensorPrimitives.Exp(taken, taken);
    }

    // The fewest likeliest tokens that have p of the weight, in falling order; of equal ones the lower id first.
    private int TakeTopP(int count, double p)
    {
        if (p >= 1) return count;
        double all = Sum(count);
        // However many of them there are, tokens below this do not make up 1 - p together: few are left to sort.
        double least = (1 - p) * all / count;
        int sorted = 0;
        for (int i = 0; i < count; i++)
        {
            // The bits of positive numbers rise as the numbers do.
            if (scores[i] >= least) order[sorted++] = (ulong)~BitConverter.SingleToUInt32Bits(scores[i]) << 32 | (uint)tokens[i];
        }
        order.AsSpan(0, sorted).Sort();
        double before = 0;
        int kept = 0;
        for (; kept < sorted && before < p * all; kept++)
        {
            tokens[kept] = (int)(uint)order[kept];
            scores[kept] = BitConverter.UInt32BitsToSingle(~(uint)(order[kept] >> 32));
            before += scores[kept];
        }
        return kept;
    }

    private int TakeMinP(int count, double p)
    {
        if (p == 0) return count;
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (scores[i] < p) continue; // the likeliest has 1
            (tokens[kept], scores[kept]) = (tokens[i], scores[i]);
            kept++;
        }
        return kept;
    }

    private int Draw(int count, ulong bits)
    {
        double target = (bits >> 11) * 1.1102230246251565e-16 * Sum(count), sum = 0;
        int last = 0;
        for (int i = 0; i < count; i++)
        {
            if (scores[i] == 0) continue;
            sum += scores[i];
            last = tokens[i];
            if (sum > target) break;
        }
        return last;
    }

    private double Sum(int count)
    {
        double sum = 0;
        foreach (float score in scores.AsSpan(0, count)) sum += score;
        return sum;
    }
}
