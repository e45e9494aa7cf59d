using System.Globalization;

namespace LlavaMod.Runs.Reports;

/// <summary>The loss of one stage: every span of steps, and a moving mean over it.</summary>
internal static class LossChart
{
    private const double HiddenSpikes = 0.005;

    // Above this ratio of the greatest loss to the least, the first steps would press all others down onto the axis.
    private const double LinearRatio = 8;

    public static Html Of(StageSeries stage)
    {
        var filled = stage.Loss.Filled.ToArray();
        if (filled.Length == 0)
            return Html.Of($"""<p class="note">No step of this stage has a finite loss.</p>""");
        var x = Chart.StepAxis(stage.Steps);
        var (low, high) = Range([.. filled.Select(span => stage.Loss[span])]);
        var (bottom, top) = (Chart.Height - Chart.Bottom, Chart.Top);
        var y = low > 0 && high > LinearRatio * low ? Axis.AroundRatio(low, high, bottom, top) : Axis.Around(low, high, 5, bottom, top);
        var window = Math.Max(1, filled.Length / 20);
        var raw = Chart.Path(Enumerable.Range(0, stage.Loss.Count).Select(span => Point(stage.Loss.StepOf(span), stage.Loss[span])));
        var smooth = Chart.Path(filled.Select((span, index) => Point(stage.Loss.StepOf(span), Mean(stage.Loss, filled, index, window))));
        var clip = $"clip-{stage.Name}";
        var (width, height) = (x.To - x.From, y.From - y.To);
        var content = Html.Of(
            $"""
            {Chart.Axes(x, y, y.IsLogarithmic ? "loss, logarithmic" : "loss", Axis.Label)}
            <clipPath id="{clip}"><rect x="{x.From:0.#}" y="{y.To:0.#}" width="{width:0.#}" height="{height:0.#}"/></clipPath>
            <g clip-path="url(#{clip})"><path class="raw" d="{raw}"/><path class="smooth" d="{smooth}"/></g>
            """);
        var ends = string.Create(CultureInfo.InvariantCulture, $"from {stage.FirstLoss:0.###} to {stage.LastLoss:0.###}");
        var label = $"Loss of stage {stage.Name} over its steps, {ends}";
        var raws = stage.Loss.Width > 1 ? $"mean of {stage.Loss.Width:0.#} steps" : "every step";
        var smooths = $"weighted mean of {Math.Round(((2 * window) + 1) * stage.Loss.Width)} steps";
        var legend = Chart.Legend([("key-raw", raws), ("key-smooth", smooths)]);
        return Html.Of($"{Chart.Svg(Chart.Width, Chart.Height, label, content)}{legend}");

        (double, double) Point(double step, double value) => (x.At(step), y.At(value));
    }

    /// <summary>From the least loss to nearly the greatest: a spike in one step of two hundred does not flatten the rest.</summary>
    private static (double Low, double High) Range(double[] values)
    {
        Array.Sort(values);
        return (values[0], values[(int)((values.Length - 1) * (1 - HiddenSpikes))]);
    }

    /// <summary>A mean whose weights fall to both sides, so that a spike leaves a bump and no plateau.</summary>
    private static double Mean(Spans loss, int[] filled, int index, int window)
    {
        // Near an end it reaches less far, alike on both sides, so that a steep beginning is not bent; but never to one noisy step alone.
        var reach = Math.Max(window / 4, Math.Min(window, Math.Min(index, filled.Length - 1 - index)));
        var (sum, weights) = (0.0, 0.0);
        for (var other = Math.Max(0, index - reach); other <= Math.Min(filled.Length - 1, index + reach); other++)
        {
            var weight = reach + 1 - Math.Abs(other - index);
            sum += weight * loss[filled[other]];
            weights += weight;
        }
        return sum / weights;
    }
}
