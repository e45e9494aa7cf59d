namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// Percentile bootstrap (Efron and Tibshirani 1993, An Introduction to the Bootstrap, section 13.3): questions, or groups of them that belong
/// together, are drawn with replacement again and again, and the middle 95 % of the figures is the interval. Seeded, so that a file of answers
/// always gets the same one, and that several files get the same draws.
/// </summary>
internal static class Bootstrap
{
    /// <summary>How often is drawn.</summary>
    public const int Draws = 1000;

    private const int Seed = 20_240_815;
    private const double Tail = 0.025;

    /// <summary>Intervals of some figures.</summary>
    /// <param name="groups">The group of every question; null for one that stands alone.</param>
    /// <param name="metrics">The figures over some questions, by index.</param>
    public static IReadOnlyDictionary<string, Interval> Intervals(IReadOnlyList<string?> groups, Func<int[], IReadOnlyDictionary<string, double>> metrics)
    {
        if (groups.Count == 0) return new Dictionary<string, Interval>();
        var drawn = Each(groups, metrics);
        return drawn[0].Keys.ToDictionary(name => name, name => Middle(drawn.Select(figures => figures[name])));
    }

    /// <summary>Something of every draw, in the order of the draws; computed on all cores.</summary>
    public static IReadOnlyList<T> Each<T>(IReadOnlyList<string?> groups, Func<int[], T> of) =>
        [.. Drawn(Grouped(groups)).AsParallel().AsOrdered().Select(of)];

    /// <summary>The middle 95 % of some values.</summary>
    public static Interval Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return new Interval(sorted[(int)(Tail * sorted.Length)], sorted[(int)((1 - Tail) * sorted.Length) - 1]);
    }

    /// <summary>The indices of the questions of every group.</summary>
    public static int[][] Grouped(IReadOnlyList<string?> groups) =>
        [.. Enumerable.Range(0, groups.Count).GroupBy(index => groups[index] ?? new object()).Select(group => group.ToArray())];

    private static IEnumerable<int[]> Drawn(int[][] groups)
    {
        var random = new Random(Seed); // the seeded generator's sequence is part of .NET's contract
        for (int draw = 0; draw < Draws; draw++)
        {
            var drawn = new List<int>(groups.Length);
            for (int i = 0; i < groups.Length; i++) drawn.AddRange(groups[random.Next(groups.Length)]);
            yield return [.. drawn];
        }
    }
}
