using System.Globalization;

namespace LlavaMod.Runs.Reports;

/// <summary>The benchmarks of a run, a table each: models side by side, with the figures that the benchmark's papers print.</summary>
internal static class BenchmarkTable
{
    public static bool HasAny(IReadOnlyList<ModelSummary> models) => models.Any(model => model.Benchmarks is { Count: > 0 });

    public static Html Of(IReadOnlyList<ModelSummary> models)
    {
        var names = models.SelectMany(model => model.Benchmarks ?? []).Select(figures => figures.Benchmark).Distinct();
        return Html.Of($"{names.Select(name => Table(name, models))}");
    }

    private static Html Table(string name, IReadOnlyList<ModelSummary> models)
    {
        var rows = models.Select(model => (model.Name, Figures: model.Benchmarks?.FirstOrDefault(figures => figures.Benchmark == name)))
            .Where(row => row.Figures is not null).ToList();
        string[] metrics = [.. rows.SelectMany(row => row.Figures!.Metrics.Keys).Distinct()];
        return Html.Of(
            $"""
            <div class="wide"><table>
            <caption>{name}</caption>
            <thead><tr>{((string[])["model", .. metrics, "answered"]).Select(heading => Html.Of($"""<th scope="col">{heading.Replace('_', ' ')}</th>"""))}</tr></thead>
            <tbody>{rows.Select(row => Row(row.Name, row.Figures!, metrics))}</tbody>
            </table></div>
            """);
    }

    private static Html Row(string model, BenchmarkFigures figures, string[] metrics) => Html.Of(
        $"""
        <tr><th scope="row">{model}</th>{metrics.Select(metric => Html.Of($"<td>{Number(figures, metric)}</td>"))}<td>{figures.Answered:N0} of {figures.Questions:N0}</td></tr>
        """);

    private static string Number(BenchmarkFigures figures, string metric) =>
        figures.Metrics.TryGetValue(metric, out double value) ? value.ToString("0.####", CultureInfo.InvariantCulture) : "";
}
