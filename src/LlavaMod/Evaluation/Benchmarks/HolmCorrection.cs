namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>Holm's correction for several hypotheses (Holm 1979, A Simple Sequentially Rejective Multiple Test Procedure).</summary>
internal static class HolmCorrection
{
    /// <summary>
    /// The corrected p-values, in the order of the given ones: the i-th smallest of m, i from 0, becomes (m - i) p, but at most 1 and at least what a
    /// smaller one has become. One alone stays as it is.
    /// </summary>
    public static double[] Of(IReadOnlyList<double> values)
    {
        var corrected = new double[values.Count];
        double least = 0;
        foreach (var (rank, index) in Enumerable.Range(0, values.Count).OrderBy(index => values[index]).Index())
            corrected[index] = least = Math.Max(least, Math.Min(1, (values.Count - rank) * values[index]));
        return corrected;
    }
}
