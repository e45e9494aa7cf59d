namespace LlavaMod.Teachers;

/// <summary>What a cache holds of a teacher's distribution p at one position. Words rise.</summary>
/// <param name="LogNormalizer">log sum_v exp(logit_v) over the full vocabulary.</param>
/// <param name="NegativeEntropy">sum_v p(v) log p(v) over the full vocabulary.</param>
/// <param name="TopIds">The likeliest words.</param>
/// <param name="Top">Their exact probabilities.</param>
/// <param name="DrawnIds">Words that were drawn from the rest.</param>
/// <param name="Counts">How often each was drawn, at least once.</param>
public sealed record SparseDistribution(float LogNormalizer, float NegativeEntropy, int[] TopIds, float[] Top, int[] DrawnIds, int[] Counts)
{
    /// <summary>The probability of all words but the exact ones.</summary>
    public double Rest => Math.Max(0, 1 - Top.Sum(probability => (double)probability));

    /// <summary>The words and weights that stand for the distribution in a loss.</summary>
    /// <param name="tail">What stands for the words beyond the exact ones.</param>
    public SparseTarget Under(CacheTail tail) => tail switch
    {
        CacheTail.Sample => Sampled(),
        CacheTail.Renormalise => Renormalised(),
        CacheTail.Ghost => new SparseTarget(TopIds, Top, (float)(Sum(Top) + Entropy(Rest)), (float)Rest),
        _ => throw new ArgumentOutOfRangeException(nameof(tail), tail, "not a tail"),
    };

    // A draw stands for an equal share of the rest, so that the weight of a word is its probability in expectation.
    private SparseTarget Sampled()
    {
        double share = DrawnIds.Length == 0 ? 0 : Rest / Counts.Sum();
        return new SparseTarget([.. TopIds, .. DrawnIds], [.. Top, .. Counts.Select(count => (float)(share * count))], NegativeEntropy, 0);
    }

    private SparseTarget Renormalised()
    {
        double sum = Top.Sum(probability => (double)probability);
        float[] weights = Array.ConvertAll(Top, probability => (float)(probability / sum));
        return new SparseTarget(TopIds, weights, (float)Sum(weights), 0);
    }

    private static double Sum(float[] probabilities) => probabilities.Sum(probability => Entropy(probability));

    private static double Entropy(double probability) => probability == 0 ? 0 : probability * Math.Log(probability);
}

/// <summary>Words and weights that stand for a teacher's distribution at one position.</summary>
/// <param name="Ids">The words, none twice.</param>
/// <param name="Weights">Their weights; with <paramref name="Ghost"/> they sum to 1.</param>
/// <param name="NegativeEntropy">What the teacher's own part of the divergence is: sum_v p(v) log p(v).</param>
/// <param name="Ghost">The probability of all other words together; 0 where nothing stands for them.</param>
public sealed record SparseTarget(int[] Ids, float[] Weights, float NegativeEntropy, float Ghost);

/// <summary>What stands for a teacher's distributions at the response positions of a sample.</summary>
/// <param name="Words">V: words from there on are none.</param>
/// <param name="Positions">The positions in order.</param>
public sealed record SparseSample(int Words, SparseTarget[] Positions);
