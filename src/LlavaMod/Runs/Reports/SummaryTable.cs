using System.Globalization;

namespace LlavaMod.Runs.Reports;

/// <summary>The tables of the report: the models side by side, and the stages.</summary>
internal static class SummaryTable
{
    private static readonly Column[] Columns =
    [
        new("accuracy", "questions answered right", true, model => model.Accuracy),
        new("composition", "accuracy on pairs of colour and shape never seen in training", true, model => model.CompositionAccuracy),
        new("POPE F1", "existence questions, mean of random, popular and adversarial", true, model => model.PopeF1),
        new("CHAIR s", "captions that name an absent object", false, model => model.ChairS),
        new("CHAIR i", "named objects that are absent", false, model => model.ChairI),
    ];

    public static Html Models(IReadOnlyList<ModelSummary> models)
    {
        var shown = Columns.Where(column => models.Any(model => column.Value(model) is not null)).ToArray();
        return Html.Of(
            $"""
            <div class="wide"><table>
            <caption>Reported models</caption>
            <thead><tr>{Headings(["model", "parameters", "active"])}{shown.Select(Heading)}{Headings(["training"])}</tr></thead>
            <tbody>{models.Select(model => Row(model, models, shown))}</tbody>
            </table></div>
            """);
    }

    public static Html Stages(IReadOnlyList<StageSummary> stages) => Html.Of(
        $"""
        <div class="wide"><table>
        <caption>Stages, in order</caption>
        <thead><tr>{Headings(["stage", "steps", "tokens", "tokens / s", "first loss", "last loss"])}</tr></thead>
        <tbody>{stages.Select(Row)}</tbody>
        </table></div>
        """);

    public static string Count(long count) => count switch
    {
        >= 1_000_000_000 => (count / 1e9).ToString("0.00", CultureInfo.InvariantCulture) + " B",
        >= 1_000_000 => (count / 1e6).ToString("0.00", CultureInfo.InvariantCulture) + " M",
        >= 10_000 => (count / 1e3).ToString("0", CultureInfo.InvariantCulture) + " k",
        _ => count.ToString("N0", CultureInfo.InvariantCulture),
    };

    public static string Duration(double seconds) => seconds switch
    {
        < 60 => seconds.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        < 3600 => $"{(int)seconds / 60} min {(int)seconds % 60:00} s",
        _ => $"{(int)seconds / 3600} h {(int)seconds / 60 % 60:00} min",
    };

    private static IEnumerable<Html> Headings(IEnumerable<string> names) =>
        names.Select(name => Html.Of($"""<th scope="col">{name}</th>"""));

    private static Html Heading(Column column)
    {
        var (meaning, arrow) = column.MoreIsBetter ? ("more is better", "↑") : ("less is better", "↓");
        return Html.Of(
            $"""
            <th scope="col" title="{column.Meaning}">{column.Name} <span class="way" role="img" aria-label="{meaning}">{arrow}</span></th>
            """);
    }

    private static Html Row(StageSummary stage) => Html.Of(
        $"""
        <tr><th scope="row">{stage.Name}</th><td>{stage.Steps:N0}</td><td>{stage.Tokens:N0}</td><td>{stage.TokensPerSecond:N0}</td>
        <td>{stage.FirstLoss:0.000}</td><td>{stage.LastLoss:0.000}</td></tr>
        """);

    private static Html Row(ModelSummary model, IReadOnlyList<ModelSummary> models, Column[] columns) => Html.Of(
        $"""
        <tr><th scope="row">{model.Name}</th><td>{Count(model.TotalParams)}</td><td>{Count(model.ActiveParams)}</td>
        {columns.Select(column => Cell(column, model, models))}<td>{Duration(model.TrainSeconds)}</td></tr>
        """);

    private static Html Cell(Column column, ModelSummary model, IReadOnlyList<ModelSummary> models)
    {
        if (column.Value(model) is not { } value)
            return Html.Of($"""<td class="none"><span aria-label="not measured">–</span></td>""");
        var values = models.Select(column.Value).OfType<double>();
        var best = value == (column.MoreIsBetter ? values.Max() : values.Min());
        var bar = Math.Clamp(value, 0, 1) * 100;
        return Html.Of($"""<td class="bar{(best ? " best" : "")}" style="--part:{bar:0.#}%">{value * 100:0.0}<small> %</small></td>""");
    }

    private sealed record Column(string Name, string Meaning, bool MoreIsBetter, Func<ModelSummary, double?> Value);
}
