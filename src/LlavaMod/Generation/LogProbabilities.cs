using System.Numerics.Tensors;

namespace LlavaMod.Generation;

/// <summary>Log-probabilities of a step: z - log sum exp z of its logits z.</summary>
/// <param name="words">Logits of a row, V.</param>
internal sealed class LogProbabilities(int words)
{
    private readonly float[] powers = new float[words];

    /// <summary>That of the chosen token and those of the likeliest ones.</summary>
    /// <param name="logits">[V].</param>
    /// <param name="chosen">The chosen token.</param>
    /// <param name="count">How many of the likeliest ones.</param>
    public TokenLogProbability Of(ReadOnlySpan<float> logits, int chosen, int count)
    {
        float highest = TensorPrimitives.Max(logits);
        TensorPrimitives.Subtract(logits, highest, powers);
        TensorPrimitives.Exp<float>(powers, powers);
        double sum = 0;
        foreach (float power in powers) sum += power;
        double whole = highest + Math.Log(sum);
        return new TokenLogProbability(chosen, logits[chosen] - whole, Likeliest(logits, Math.Min(count, logits.Length), whole));
    }

    private static (int Token, double LogProbability)[] Likeliest(ReadOnlySpan<float> logits, int count, double whole)
    {
        var best = new (int Token, double LogProbability)[count];
        int found = 0;
        for (int token = 0; token < logits.Length && count > 0; token++)
        {
            double value = logits[token] - whole;
            if (found == count && value <= best[^1].LogProbability) continue;
            int place = found < count ? found++ : count - 1;
            for (; place > 0 && best[place - 1].LogProbability < value; place--) best[place] = best[place - 1];
            best[place] = (token, value);
        }
        return best;
    }
}
