namespace LlavaMod.Runs.Reports;

/// <summary>Which objective moved the weights: the parts of the gradient, stacked over the steps of one stage.</summary>
internal static class ShareChart
{
    public static Html Of(StageSeries stage)
    {
        var x = Chart.StepAxis(stage.Steps);
        var y = new Axis(0, 1, Chart.Height - Chart.Bottom, Chart.Top);
        var first = stage.Shares.Values.First();
        var spans = first.Filled.ToArray();
        var lower = new double[spans.Length];
        var areas = new List<Html>();
        foreach (var (index, shares) in stage.Shares.Values.Index())
        {
            var upper = spans.Select((span, i) => lower[i] + Part(stage, span, shares)).ToArray();
            areas.Add(Html.Of($"""<path class="area s{index % 8}" d="{Band(spans, first, lower, upper, x, y)}"/>"""));
            lower = upper;
        }
        var content = Html.Of($"""{areas}{Chart.Axes(x, y, "part of the gradient", value => $"{value:0%}")}""");
        var label = $"Part of the gradient of each objective of stage {stage.Name}: {string.Join(", ", stage.Shares.Keys)}";
        var legend = stage.Shares.Select((objective, index) => ($"s{index % 8}", $"{objective.Key} · {Mean(stage, objective.Value):0%}"));
        return Html.Of($"{Chart.Svg(Chart.Width, Chart.Height, label, content)}{Chart.Legend(legend)}");
    }

    private static double Mean(StageSeries stage, Spans shares)
    {
        var parts = shares.Filled.Select(span => Part(stage, span, shares)).ToArray();
        return parts.Length == 0 ? 0 : parts.Average();
    }

    /// <summary>The share of a span as a part of all shares there.</summary>
    private static double Part(StageSeries stage, int span, Spans shares)
    {
        var all = stage.Shares.Values.Sum(other => double.IsNaN(other[span]) ? 0 : other[span]);
        return all <= 0 || double.IsNaN(shares[span]) ? 0 : shares[span] / all;
    }

    /// <summary>Out along the upper edge and back along the lower; the ends reach the ends of the axis.</summary>
    private static string Band(int[] spans, Spans steps, double[] lower, double[] upper, Axis x, Axis y)
    {
        var at = spans.Select(span => x.At(steps.StepOf(span))).ToArray();
        if (spans[0] == 0)
            at[0] = x.From;
        if (spans[^1] == steps.Count - 1)
            at[^1] = x.To;
        var there = upper.Select((value, index) => (at[index], y.At(value)));
        var back = lower.Select((value, index) => (at[index], y.At(value))).Reverse();
        return Chart.Path(there.Concat(back)) + "Z";
    }
}
