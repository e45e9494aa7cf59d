using LlavaMod.Data;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>Results that can be compared: of the same questions, scored alike, with the answers that all of them have.</summary>
internal sealed class ComparableResults
{
    private const int LongestId = 60;
    private const double Rounding = 1e-9;

    private ComparableResults(Benchmark benchmark, IReadOnlyList<IReadOnlyList<ScoredItem>> items, int leftOut)
    {
        Benchmark = benchmark;
        Items = items;
        LeftOut = leftOut;
    }

    /// <summary>The benchmark.</summary>
    public Benchmark Benchmark { get; }

    /// <summary>The compared items of every result, question by question in one order.</summary>
    public IReadOnlyList<IReadOnlyList<ScoredItem>> Items { get; }

    /// <summary>Questions that some results have an answer to and others not.</summary>
    public int LeftOut { get; }

    /// <summary>Checks and aligns results.</summary>
    /// <param name="results">Two or more, with the names of their files.</param>
    /// <param name="benchmark">The benchmark of all of them.</param>
    /// <param name="allowPartial">Whether to compare the questions that all have answered where some have answered more.</param>
    /// <exception cref="UserError">They cannot be compared.</exception>
    public static ComparableResults Of(IReadOnlyList<(string File, BenchmarkResult Result)> results, Benchmark benchmark, bool allowPartial)
    {
        foreach (var other in results.Skip(1)) RequireAlike(results[0], other);
        foreach (var (file, result) in results) RequireOwnFigures(file, result, benchmark);
        var all = results.SelectMany(result => result.Result.Score.Items).Select(item => item.Key).Distinct().ToList();
        var items = results.Select(result => result.Result.Score.Items.ToDictionary(item => item.Key)).ToList();
        var common = all.Where(key => items.All(of => of.ContainsKey(key))).ToList();
        if (common.Count == 0) throw new UserError($"{Files(results)}: no question is answered in all of them");
        if (common.Count < all.Count && !allowPartial)
        {
            var lacking = results.Zip(items, (result, of) => (result.File, Missing: all.Where(key => !of.ContainsKey(key)).ToList())).Where(one => one.Missing.Count > 0);
            throw new UserError($"{string.Join("; ", lacking.Select(one => $"{one.File} has no answer to {one.Missing.Count:N0} questions that others answer ({OneLine.First(one.Missing, LongestId)})"))}"
                + $"; --allow-partial compares the {common.Count:N0} that all answer");
        }
        var aligned = items.Select(of => common.Select(key => of[key]).ToList()).ToList();
        RequireMixable(results, [.. aligned.SelectMany(side => side)], benchmark);
        return new ComparableResults(benchmark, aligned, all.Count - common.Count);
    }

    private static void RequireAlike((string File, BenchmarkResult Result) first, (string File, BenchmarkResult Result) other)
    {
        var (a, b) = (first.Result, other.Result);
        string files = $"{first.File} and {other.File}";
        if (a.Benchmark != b.Benchmark) throw new UserError($"{files} are results of {a.Benchmark} and {b.Benchmark}; only those of one benchmark can be compared");
        if (a.ScorerVersion != b.ScorerVersion)
            throw new UserError($"{files} are of scorer versions {a.ScorerVersion} and {b.ScorerVersion}; score the answers again with one");
        if (a.Score.QuestionsHash != b.Score.QuestionsHash)
            throw new UserError($"{files} are of different questions of {a.Benchmark}: their questions_sha256 differ; score both with the same --data");
        if ((a.Judge?.Model, a.Judge?.PromptSha256) != (b.Judge?.Model, b.Judge?.PromptSha256))
            throw new UserError($"{files} are graded by {JudgeOf(a)} and {JudgeOf(b)}; only grades of one judge with one prompt can be compared");
    }

    private static string JudgeOf(BenchmarkResult result) => result.Judge is { } judge
        ? $"{OneLine.Of(judge.Model, LongestId)} (prompt {OneLine.Of(judge.PromptSha256, 8)})"
        : "a judge that the file does not name";

    // A file whose figures do not come from its items was changed, or made by another program.
    private static void RequireOwnFigures(string file, BenchmarkResult result, Benchmark benchmark)
    {
        if (result.Score.Answered == 0) throw new UserError($"{file}: has no items");
        try
        {
            var found = benchmark.FiguresOf(result.Score.Items)([.. Enumerable.Range(0, result.Score.Answered)]).Metrics;
            var told = result.Score.Figures.Metrics;
            string? wrong = found.Keys.Concat(told.Keys).FirstOrDefault(name =>
                !found.TryGetValue(name, out double value) || !told.TryGetValue(name, out double other) || !Same(value, other));
            if (wrong is not null) throw new UserError($"its {OneLine.Of(wrong, LongestId)} is not what its items come to; score the answers again");
        }
        catch (UserError error)
        {
            throw new UserError($"{file}: {error.Message}", error);
        }
    }

    // Sides change places question by question, which a benchmark may have a reason against.
    private static void RequireMixable(IEnumerable<(string File, BenchmarkResult Result)> results, List<ScoredItem> all, Benchmark benchmark)
    {
        try
        {
            benchmark.FiguresOf(all)([.. Enumerable.Range(0, all.Count)]);
        }
        catch (UserError error)
        {
            throw new UserError($"{Files(results)}: {error.Message}", error);
        }
    }

    private static bool Same(double value, double other) => value.Equals(other) || Math.Abs(value - other) <= Rounding * Math.Max(1, Math.Abs(value));

    private static string Files(IEnumerable<(string File, BenchmarkResult Result)> results) => string.Join(", ", results.Select(result => result.File));
}
