namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// Percentile bootstrap (Efron 1979): questions, or groups of them that belong together, are drawn with replacement again and again, and
/// the middle 95 % of the figures is the interval. Seeded, so that a file of answers always gets the same one.
/// </summary>
internal static class Bootstrap
{
    private const int Draws = 1000;
    private const int Seed = 20_240_815;
    private const double Tail = 0.025;

    public static IReadOnlyDictionary<string, Interval> Intervals<T>(
        IReadOnlyList<T> answers, Func<T, object?> groupOf, Func<IEnumerable<T>, IReadOnlyDictionary<string, double>> metrics)
    {
        var groups = answers.GroupBy(answer => groupOf(answer) ?? new object()).Select(group => group.ToArray()).ToArray();
        if (groups.Length == 0) return new Dictionary<string, Interval>();
        var random = new Random(Seed); // the seeded generator's sequence is part of .NET's contract
        var drawn = Enumerable.Range(0, Draws)
            .Select(_ => metrics(Enumerable.Range(0, groups.Length).SelectMany(_ => groups[random.Next(groups.Length)]))).ToList();
        return drawn[0].Keys.ToDictionary(name => name, name => Middle([.. drawn.Select(figures => figures[name]).Order()]));
    }

    private static Interval Middle(double[] sorted) =>
        new(sorted[(int)(Tail * sorted.Length)], sorted[(int)((1 - Tail) * sorted.Length) - 1]);
}
