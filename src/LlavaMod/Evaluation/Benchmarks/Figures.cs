namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>What a benchmark reports.</summary>
/// <param name="Metrics">Headline figures by name, the one that papers print first.</param>
/// <param name="Categories">Further figures, category by category; empty where the benchmark has none.</param>
public sealed record Figures(
    IReadOnlyDictionary<string, double> Metrics, IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Categories)
{
    /// <summary>Figures without categories.</summary>
    public Figures(IReadOnlyDictionary<string, double> metrics)
        : this(metrics, new Dictionary<string, IReadOnlyDictionary<string, double>>())
    {
    }

    /// <summary>A mean that is 0 over nothing.</summary>
    internal static double Mean(IEnumerable<double> values) => values.DefaultIfEmpty().Average();

    /// <summary>A share that is 0 of nothing.</summary>
    internal static double Share<T>(IReadOnlyCollection<T> all, Func<T, bool> counts) => Ratio.Of(all.Count(counts), all.Count);
}
