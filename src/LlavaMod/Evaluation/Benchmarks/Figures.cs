namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>What a benchmark reports.</summary>
public sealed class Figures
{
    private readonly Lazy<IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>>> categories;

    /// <summary>Figures with categories.</summary>
    /// <param name="metrics">Headline figures by name.</param>
    /// <param name="categories">Further figures, category by category. Intervals and comparisons are made of thousands of headlines, and never ask.</param>
    public Figures(IReadOnlyDictionary<string, double> metrics, Func<IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>>> categories)
    {
        Metrics = metrics;
        this.categories = new Lazy<IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>>>(categories);
    }

    /// <summary>Figures with categories that are known already.</summary>
    public Figures(IReadOnlyDictionary<string, double> metrics, IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> categories)
        : this(metrics, () => categories)
    {
    }

    /// <summary>Figures without categories.</summary>
    public Figures(IReadOnlyDictionary<string, double> metrics)
        : this(metrics, new Dictionary<string, IReadOnlyDictionary<string, double>>())
    {
    }

    /// <summary>Headline figures by name, the one that papers print first.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; }

    /// <summary>Further figures, category by category; empty where the benchmark has none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Categories => categories.Value;

    /// <summary>A mean that is 0 over nothing.</summary>
    internal static double Mean(IEnumerable<double> values) => values.DefaultIfEmpty().Average();

    /// <summary>A share that is 0 of nothing.</summary>
    internal static double Share<T>(IReadOnlyCollection<T> all, Func<T, bool> counts) => Ratio.Of(all.Count(counts), all.Count);
}
