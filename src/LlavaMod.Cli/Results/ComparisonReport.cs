using System.Globalization;
using LlavaMod.Data;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Recipes;

namespace LlavaMod.Cli.Results;

/// <summary>Results of one or several benchmarks side by side, for people.</summary>
/// <param name="Compared">The benchmarks, by name.</param>
/// <param name="Alone">Benchmarks of which there is one result only.</param>
internal sealed record ComparisonReport(IReadOnlyList<ComparedFiles> Compared, IReadOnlyList<(string Benchmark, string File)> Alone)
{
    private const double Significant = 0.05;
    private const int LongestOptions = 200;
    private const double LeastPoints = 10;
    private const int PointDigits = 2;
    private const int ShareDigits = 4;

    /// <summary>Reads and compares results.</summary>
    /// <param name="paths">Files, or folders of files.</param>
    /// <param name="metrics">The figures to show; none for all.</param>
    /// <param name="allowPartial">Whether to compare what all have answered.</param>
    /// <exception cref="UserError">Results cannot be read or compared, or no benchmark has such a figure.</exception>
    public static ComparisonReport Of(IReadOnlyList<string> paths, IReadOnlyCollection<string> metrics, bool allowPartial)
    {
        var results = ComparedFiles.Read(paths);
        var benchmarks = results.GroupBy(result => result.Result.Benchmark).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        var several = benchmarks.Where(group => group.Count() > 1).ToList();
        if (several.Count == 0)
            throw new UserError($"there are no two results of one benchmark: {string.Join(", ", results.Select(result => $"{result.File} is of {result.Result.Benchmark}"))}");
        var known = several.SelectMany(group => group.First().Result.Score.Figures.Metrics.Keys).Distinct().ToList();
        if (metrics.FirstOrDefault(metric => !known.Contains(metric)) is { } unknown) throw new UserError($"--metric {unknown}: no such figure; {Nearest.Hint(unknown, known)}");
        var compared = several.Select(group => ComparedFiles.Of([.. group], allowPartial).Only(metrics)).Where(one => one.Comparison.Metrics.Count > 0);
        return new ComparisonReport([.. compared], [.. benchmarks.Where(group => group.Count() == 1).Select(group => (group.Key, group.Single().File))]);
    }

    /// <summary>A table for all benchmarks whose columns have the same names.</summary>
    public IEnumerable<FigureTable> Tables => Compared.GroupBy(one => string.Join('\n', one.Names)).Select(alike => TableOf([.. alike]));

    /// <summary>What the tables do not say.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            foreach (var one in Compared)
            {
                yield return Covered(one.Comparison);
                // Such as another teacher, or OCR tokens in the prompt: it may be what is compared, or a slip.
                if (one.Options.Distinct().Count() > 1) yield return $"{one.Comparison.Benchmark}: the options differ: {string.Join("; ", one.Names.Zip(one.Options, Told))}";
            }
            foreach (var (benchmark, file) in Alone) yield return $"{benchmark}: only in {file}, NOT compared";
            int most = Compared.Max(one => one.Files.Count) - 1;
            string corrected = most == 1 ? "" : $", after Holm's correction for {most} results against the first";
            yield return $"(low, high): 95 %, paired bootstrap; p: paired permutation test, two-sided{corrected}; * below {Significant.ToString(CultureInfo.InvariantCulture)}";
        }
    }

    /// <summary>All of it as a page of Markdown.</summary>
    public string Markdown => string.Join("\n\n", [.. Tables.Select(table => string.Join('\n', table.Markdown)), string.Join('\n', Notes.Select(note => $"- {FigureTable.Escape(note)}"))]) + "\n";

    private static FigureTable TableOf(IReadOnlyList<ComparedFiles> benchmarks)
    {
        var names = benchmarks[0].Names;
        var table = new FigureTable(["benchmark", "metric", names[0], .. names.Skip(1).SelectMany(name => (string[])[name, "difference", "p"])]) { Words = 2 };
        foreach (var one in benchmarks)
        {
            foreach (var metric in one.Comparison.Metrics) table.Add([one.Comparison.Benchmark, metric.Name, .. metric.Values.SelectMany(value => Cells(value, DigitsOf(metric)))]);
        }
        return table;
    }

    private static IEnumerable<string> Cells(ComparedValue value, int digits)
    {
        yield return $"{Number(value.Value)} {Shown(value.Interval)}";
        if (value.Difference is not { } difference) yield break;
        yield return $"{(difference.Value > 0 ? "+" : "")}{Number(difference.Value)} {Shown(difference.Interval)}";
        yield return $"{difference.Corrected.ToString("0.000", CultureInfo.InvariantCulture)}{(difference.Corrected < Significant ? "*" : " ")}";

        string Shown(Interval interval) => $"({Number(interval.Low)}, {Number(interval.High)})";

        // Adding 0 takes the sign from what is rounded to -0.
        string Number(double number) => (Math.Round(number, digits) + 0.0).ToString(digits == PointDigits ? "0.##" : "0.####", CultureInfo.InvariantCulture);
    }

    // Shares have the digits that papers print, points and sums of them fewer.
    private static int DigitsOf(ComparedMetric metric) => metric.Values.Any(value => Math.Abs(value.Value) >= LeastPoints) ? PointDigits : ShareDigits;

    private static string Told(string name, string options) => $"{name} has {(options.Length == 0 ? "none" : OneLine.Of(string.Concat(options.Where(letter => !char.IsWhiteSpace(letter))), LongestOptions))}";

    private static string Covered(PairedComparison comparison)
    {
        string partial = comparison.LeftOut > 0 ? $"; {comparison.LeftOut:N0} are NOT compared, for not all results answer them" : "";
        return $"{comparison.Benchmark}: {comparison.Compared:N0} of {comparison.Questions:N0} questions{partial}";
    }
}
