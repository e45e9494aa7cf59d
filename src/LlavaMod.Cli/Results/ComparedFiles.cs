using LlavaMod.Data;
using LlavaMod.Evaluation.Benchmarks;

namespace LlavaMod.Cli.Results;

/// <summary>Results of one benchmark, compared.</summary>
/// <param name="Names">What the results are called in tables: their model's folder or their file, with as many folders above as it takes to tell them apart.</param>
/// <param name="Files">Their files.</param>
/// <param name="Options">The benchmark's options of each, as JSON; empty where it has none.</param>
/// <param name="Comparison">How they compare.</param>
internal sealed record ComparedFiles(IReadOnlyList<string> Names, IReadOnlyList<string> Files, IReadOnlyList<string> Options, PairedComparison Comparison)
{
    private const int LongestName = 60;

    /// <summary>Reads results, files or folders of them.</summary>
    /// <exception cref="UserError">One cannot be read, or is named twice.</exception>
    public static IReadOnlyList<(string File, BenchmarkResult Result)> Read(IEnumerable<string> paths)
    {
        var files = paths.SelectMany(FilesOf).ToList();
        var twice = files.GroupBy(Target).FirstOrDefault(same => same.Count() > 1);
        if (twice is not null) throw new UserError($"{string.Join(" and ", twice)} are the same file; a result compared with itself says nothing");
        return [.. files.Select(file => (file, BenchmarkResult.Read(file)))];
    }

    /// <summary>Compares results of one benchmark.</summary>
    /// <exception cref="UserError">They cannot be compared, or have no such figure.</exception>
    public static ComparedFiles Of(IReadOnlyList<(string File, BenchmarkResult Result)> results, bool allowPartial) =>
        new([.. NamesOf(results)], [.. results.Select(result => result.File)], [.. results.Select(result => result.Result.Options?.GetRawText() ?? "")],
            PairedComparison.Of(results, allowPartial));

    /// <summary>The chosen figures, or all of them.</summary>
    public ComparedFiles Only(IReadOnlyCollection<string> metrics) => metrics.Count == 0
        ? this
        : this with { Comparison = Comparison with { Metrics = [.. Comparison.Metrics.Where(metric => metrics.Contains(metric.Name))] } };

    // A folder of evaluate's, one with such folders in it, or one with other results.
    private static IEnumerable<string> FilesOf(string path)
    {
        if (!Directory.Exists(path)) return [path];
        string own = Path.Combine(path, BenchmarkRun.ResultFile);
        if (File.Exists(own)) return [own];
        string[] files = [.. Directory.GetDirectories(path).Select(folder => Path.Combine(folder, BenchmarkRun.ResultFile)).Where(File.Exists).Order(StringComparer.Ordinal)];
        if (files.Length == 0) files = [.. Directory.GetFiles(path, "*.json").Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw new UserError($"{path}: holds neither {BenchmarkRun.ResultFile}, nor folders with one, nor another .json");
    }

    private static string Target(string file)
    {
        string full = Path.GetFullPath(file);
        return File.Exists(full) ? File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
    }

    private static IEnumerable<string> NamesOf(IReadOnlyList<(string File, BenchmarkResult Result)> results)
    {
        var models = results.Select(result => result.Result.Model?.Path).ToList();
        bool isByModel = models.All(model => model is not null) && models.Distinct().Count() == models.Count;
        var parts = results.Select((result, index) => Parts(isByModel ? models[index]! : Path.ChangeExtension(result.File, null))).ToList();
        int most = parts.Max(part => part.Length);
        int taken = Enumerable.Range(1, most).FirstOrDefault(count => parts.Select(part => Last(part, count)).Distinct().Count() == parts.Count, most);
        return parts.Select(part => OneLine.Of(Last(part, taken), LongestName));
    }

    private static string[] Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private static string Last(string[] parts, int count) => string.Join('/', parts.TakeLast(count));
}
