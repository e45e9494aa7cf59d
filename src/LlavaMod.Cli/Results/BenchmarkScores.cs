using System.Globalization;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Runs;

namespace LlavaMod.Cli.Results;

/// <summary>A benchmark's result in the terminal: headline figures with their intervals, categories, and how much was answered.</summary>
internal static class BenchmarkScores
{
    /// <summary>Writes one result.</summary>
    public static void Write(BenchmarkResult result, Terminal terminal)
    {
        var score = result.Score;
        var headline = new FigureTable(result.Benchmark, "value", "95 % interval");
        foreach (var (metric, value) in score.Figures.Metrics)
            headline.Add(metric, Number(value), score.Intervals.TryGetValue(metric, out var interval) ? $"{Bound(interval.Low)} - {Bound(interval.High)}" : "");
        headline.Write(terminal.Output);
        if (score.Figures.Categories is { Count: > 0 } categories) Categories(categories).Write(terminal.Output);
        terminal.Text.WriteLine($"{score.Answered:N0} of {score.Questions:N0} questions answered{(score.IsPartial ? ": a PARTIAL score" : "")}");
        if (result.Skipped.Count == 0) return;
        terminal.Text.WriteLine($"{result.Skipped.Count:N0} questions were left out: {string.Join(", ", result.Skipped.Take(3).Select(item => item.Id))}{(result.Skipped.Count > 3 ? ", ..." : "")}; the first: {result.Skipped[0].Reason}");
    }

    /// <summary>A run's models side by side, a table for each benchmark.</summary>
    public static IEnumerable<FigureTable> Of(IReadOnlyList<ModelSummary> models)
    {
        foreach (var benchmark in models.SelectMany(model => (model.Benchmarks ?? []).Select(figures => (Model: model.Name, Figures: figures))).GroupBy(one => one.Figures.Benchmark))
        {
            string[] metrics = [.. benchmark.SelectMany(one => one.Figures.Metrics.Keys).Distinct()];
            var table = new FigureTable([benchmark.Key, .. metrics, "answered"]);
            foreach (var (model, figures) in benchmark)
                table.Add([model, .. metrics.Select(metric => figures.Metrics.TryGetValue(metric, out double value) ? Number(value) : ""), $"{figures.Answered:N0} of {figures.Questions:N0}"]);
            yield return table;
        }
    }

    private static FigureTable Categories(IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> categories)
    {
        string[] metrics = [.. categories.Values.SelectMany(figures => figures.Keys).Distinct()];
        var table = new FigureTable(["category", .. metrics]);
        foreach (var (category, figures) in categories) table.Add([category, .. metrics.Select(metric => figures.TryGetValue(metric, out double value) ? Number(value) : "")]);
        return table;
    }

    // The digits of published scores: 963.611 points, and 74.393 % as 0.74393.
    private static string Number(double value) => value.ToString(Math.Abs(value) < 10 ? "0.#####" : "0.###", CultureInfo.InvariantCulture);

    private static string Bound(double value) => value.ToString(Math.Abs(value) < 10 ? "0.####" : "0.##", CultureInfo.InvariantCulture);
}
