namespace LlavaMod.Runs.Reports;

/// <summary>
/// How evenly the experts of a stage are used by tokens of one modality: a row for each expert of each layer, steps from left to right,
/// the colour telling the load against an even share.
/// </summary>
internal static class ExpertHeatmap
{
    /// <summary>Shades on each side of the even share.</summary>
    public const int Shades = 8;

    private const double Row = 13;
    private const double Gap = 9;
    private const double LabelWidth = 78;

    public static Html Of(StageSeries stage, string modality, Func<LayerLoads, IReadOnlyList<Spans>> loads)
    {
        var layers = stage.Layers.Select(layer => (Layer: layer.Key, Loads: loads(layer.Value))).ToArray();
        if (layers.All(layer => layer.Loads.All(expert => !expert.Filled.Any())))
            return Html.Of($"""<p class="note">No {modality} token was routed.</p>""");
        var x = new Axis(0, stage.Steps, LabelWidth, Chart.Width - Chart.Right);
        var y = Chart.Top + 8;
        var rows = new List<Html> { Label(x, Chart.Top, "expert") };
        foreach (var (layer, experts) in layers)
        {
            rows.Add(Html.Of($"""<text class="group" x="0" y="{y + (experts.Count * Row / 2) + 4:0.#}">layer {layer}</text>"""));
            for (var expert = 0; expert < experts.Count; expert++, y += Row)
                rows.Add(RowOf(experts[expert], expert, experts.Count, x, y));
            y += Gap;
        }
        var bottom = y - Gap + 4;
        var label = $"Load of each expert by {modality} tokens over the steps of stage {stage.Name}";
        return Chart.Svg(Chart.Width, bottom + 42, label, Html.Of($"{rows}{Chart.Steps(x, bottom)}"));
    }

    /// <summary>The key: from no load over an even share to twice that and more.</summary>
    public static Html Legend()
    {
        var shades = Enumerable.Range(-Shades, (2 * Shades) + 1).Select(shade => Html.Of($"""<i class="{ClassOf(shade)}"></i>"""));
        return Html.Of(
            $"""
            <div class="scale"><span>unused</span><span class="ramp" aria-hidden="true">{shades}</span>
            <span>twice an even share, or more</span></div>
            """);
    }

    private static Html RowOf(Spans load, int expert, int experts, Axis x, double y)
    {
        var cells = new List<Html> { Label(x, y + 10, $"{expert}") };
        for (int from = 0, to; from < load.Count; from = to)
        {
            to = from + 1;
            var shade = ShadeOf(load[from] * experts);
            while (to < load.Count && ShadeOf(load[to] * experts) == shade)
                to++;
            if (shade is not { } known)
                continue;
            var (left, right) = (x.At(from * load.Width), x.At(to * load.Width));
            var mean = Enumerable.Range(from, to - from).Average(span => load[span]);
            var steps = $"{Math.Floor(from * load.Width) + 1:0}–{to * load.Width:0}";
            cells.Add(Html.Of(
                $"""
                <rect class="{ClassOf(known)}" x="{left:0.##}" y="{y:0.#}" width="{right - left:0.##}" height="{Row - 1:0.#}">
                <title>expert {expert}, steps {steps}: {mean:0.0%} of the tokens</title></rect>
                """));
        }
        return Html.Join(cells);
    }

    private static Html Label(Axis x, double y, string text) =>
        Html.Of($"""<text class="expert" x="{x.From - 6:0.#}" y="{y:0.#}" text-anchor="end">{text}</text>""");

    /// <summary>
    /// A load, as a multiple of an even share, in whole shades: 0 is even, -<see cref="Shades"/> unused, <see cref="Shades"/> twice or more.
    /// </summary>
    private static int? ShadeOf(double multiple) =>
        double.IsNaN(multiple) ? null : (int)Math.Round((Math.Clamp(multiple, 0, 2) - 1) * Shades);

    private static string ClassOf(int shade) => shade < 0 ? $"shade u{-shade}" : $"shade o{shade}";
}
