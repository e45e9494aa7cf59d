using System.Reflection;

namespace LlavaMod.Runs.Reports;

/// <summary>
/// The page that shows a run: models side by side, the loss of each stage, who moved the gradient, how experts are used, and what the
/// models say about pictures. One file with everything in it: no script, nothing fetched, every text of the run escaped.
/// </summary>
public static class Report
{
    /// <summary>Writes report.html from the other files of the run folder. A run that is not over yet gives a shorter page.</summary>
    /// <exception cref="UserError">A file of the run cannot be read.</exception>
    /// <exception cref="IOException">The page cannot be written.</exception>
    public static void Write(RunFolder run) => AtomicFile.Write(run.Report, Render(ReportData.Read(run)));

    internal static string Render(ReportData data)
    {
        var sections = Sections(data).ToArray();
        var version = typeof(Report).Assembly.GetName().Version?.ToString(3);
        return Html.Of(
            $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <title>{data.Name} · LlavaMod run</title>
            <style>{Style()}</style>
            </head>
            <body>
            <header>
            <p class="eyebrow">LlavaMod run</p>
            <h1>{data.Name}</h1>
            {Facts(data)}
            <nav aria-label="Sections">{sections.Select(section => Html.Of($"""<a href="#{section.Id}">{section.Title}</a>"""))}</nav>
            </header>
            <main>
            {sections.Select(Render)}
            </main>
            <footer>Written by LlavaMod {version} from metrics.jsonl, summary.json and samples.json beside this page.</footer>
            </body>
            </html>

            """).Markup;
    }

    private static Html Render(Section section) => Html.Of(
        $"""
        <section id="{section.Id}"><h2>{section.Title}</h2><p class="lead">{section.Lead}</p>{section.Content}</section>

        """);

    private static IEnumerable<Section> Sections(ReportData data)
    {
        if (data.Summary is { } summary)
        {
            yield return new("models", "Models",
                "What each model can do after its stage. Arrows tell which way is better; the best of each column is bold.",
                Html.Of($"{SummaryTable.Models(summary.Models)}{SummaryTable.Stages(summary.Stages)}"));
        }
        if (data.Summary is { } measured && BenchmarkTable.HasAny(measured.Models))
        {
            yield return new("benchmarks", "Benchmarks",
                "Each model's answers to the recipe's benchmarks, scored as their papers do. Answers and intervals are in the run's evaluation folder.",
                BenchmarkTable.Of(measured.Models));
        }
        if (data.Stages.Count > 0)
        {
            yield return new("loss", "Loss",
                "The weighted sum of each stage's objectives. Stages minimise different sums, so heights compare within a chart only.",
                Grid(data.Stages, LossCard));
        }
        if (data.Stages.Where(stage => stage.Shares.Count > 1).ToArray() is { Length: > 0 } mixed)
        {
            yield return new("gradients", "Gradient shares",
                "How much of the gradient each objective gives, in stages that have more than one.",
                Grid(mixed, ShareCard));
        }
        if (data.Stages.Where(stage => stage.Layers.Count > 0).ToArray() is { Length: > 0 } sparse)
        {
            yield return new("experts", "Expert load",
                "The part of the tokens that goes to each expert, for words and for image features; mid-scale is an even share.",
                Html.Of($"""{ExpertHeatmap.Legend()}<div class="stack">{sparse.Select(ExpertCard)}</div>"""));
        }
        if (data.Samples.Count > 0)
        {
            yield return new("samples", "Samples",
                "The same pictures and questions for every model. Short answers are marked; captions are not, since many are right.",
                SampleGallery.Of(data.Samples, [.. data.Summary?.Models.Select(model => model.Name) ?? []]));
        }
        yield return new("recipe", "Recipe", "Everything that was set, defaults included.",
            Html.Of($"<details><summary>recipe.yaml</summary><pre>{data.Recipe}</pre></details>"));
    }

    private static Html Facts(ReportData data)
    {
        var facts = new List<(string Name, string Value)>
        {
            ("stages", $"{data.Stages.Count}"),
            ("optimiser steps", $"{data.Stages.Sum(stage => stage.StepsDone):N0}"),
            ("tokens", SummaryTable.Count(data.Stages.Sum(stage => stage.Tokens))),
            ("training", SummaryTable.Duration(data.Stages.Sum(stage => stage.Seconds))),
        };
        if (data.Summary is { } summary)
            facts.AddRange([("in all", SummaryTable.Duration(summary.Seconds)), ("seed", $"{summary.Seed}")]);
        else
            facts.Add(("state", "not finished"));
        var items = facts.Select(fact => Html.Of($"<div><dt>{fact.Name}</dt><dd>{fact.Value}</dd></div>"));
        return Html.Of($"""<dl class="facts">{items}</dl>""");
    }

    private static Html LossCard(StageSeries stage)
    {
        var done = stage.StepsDone == stage.Steps ? $"{stage.Steps:N0} steps" : $"{stage.StepsDone:N0} of {stage.Steps:N0} steps";
        var losses = $"{stage.FirstLoss:0.000} → {stage.LastLoss:0.000}";
        var waiting = stage.Seconds > 0 ? stage.DataWait / stage.Seconds : 0;
        return Card(stage, $"{losses} · {done} · {SummaryTable.Duration(stage.Seconds)}, {100 * waiting:0.0} % of it waiting for data", LossChart.Of(stage));
    }

    private static Html ShareCard(StageSeries stage) => Card(stage, $"{stage.Shares.Count} objectives", ShareChart.Of(stage));

    private static Html ExpertCard(StageSeries stage)
    {
        var size = $"{stage.Layers.Count} {(stage.Layers.Count == 1 ? "sparse layer" : "sparse layers")}, {stage.Layers.Values.Max(layer => layer.Experts)} experts each";
        return Card(stage, size, Html.Of(
            $"""
            <div class="pair"><div><h4>text tokens</h4>{ExpertHeatmap.Of(stage, "text", layer => layer.Text)}</div>
            <div><h4>visual tokens</h4>{ExpertHeatmap.Of(stage, "visual", layer => layer.Visual)}</div></div>
            """));
    }

    private static Html Grid(IEnumerable<StageSeries> stages, Func<StageSeries, Html> card) =>
        Html.Of($"""<div class="grid">{stages.Select(card)}</div>""");

    private static Html Card(StageSeries stage, string sub, Html content) =>
        Html.Of($"""<article class="card"><h3>{stage.Name}</h3><p class="sub">{sub}</p>{content}</article>""");

    /// <summary>The style sheet, and the shades of the heatmaps.</summary>
    private static Html Style()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("LlavaMod.Runs.Reports.report.css")!);
        var shades = Enumerable.Range(0, ExpertHeatmap.Shades + 1)
            .Select(shade => Shade("o", "over", shade) + Shade("u", "under", shade));
        return new Html($"{reader.ReadToEnd()}{string.Concat(shades)}");

        static string Shade(string prefix, string end, int shade) =>
            $".{prefix}{shade} {{ --shade: color-mix(in oklab, var(--{end}) {100 * shade / ExpertHeatmap.Shades}%, var(--even)); }}\n";
    }

    private sealed record Section(string Id, string Title, string Lead, Html Content);
}
