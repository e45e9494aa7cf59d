using System.Globalization;
using System.Text;

namespace LlavaMod.Runs.Reports;

/// <summary>The pieces that all charts share: size, frame, axes, lines.</summary>
internal static class Chart
{
    public const double Width = 460;
    public const double Height = 250;
    public const double Left = 58;
    public const double Right = 14;
    public const double Top = 12;
    public const double Bottom = 42;

    public static Axis StepAxis(double steps) => new(steps > 1 ? 1 : 0.5, steps > 1 ? steps : 1.5, Left, Width - Right);

    /// <summary>A drawing that screen readers read as one picture with this description.</summary>
    public static Html Svg(double width, double height, string label, Html content) => Html.Of(
        $"""<svg viewBox="0 0 {width:0.#} {height:0.#}" role="img" aria-label="{label}">{content}</svg>""");

    /// <summary>The axis of optimiser steps and that of values, with its grid lines.</summary>
    public static Html Axes(Axis x, Axis y, string yTitle, Func<double, string> yLabel)
    {
        var horizontal = y.Ticks(5).Select(tick => Html.Of(
            $"""
            <line class="grid" x1="{x.From:0.#}" y1="{y.At(tick):0.#}" x2="{x.To:0.#}" y2="{y.At(tick):0.#}"/>
            <text x="{x.From - 8:0.#}" y="{y.At(tick) + 4:0.#}" text-anchor="end">{yLabel(tick)}</text>
            """));
        var middle = (y.From + y.To) / 2;
        return Html.Of(
            $"""
            {horizontal}{Steps(x, y.From)}
            <text class="title" transform="translate(12 {middle:0.#}) rotate(-90)" text-anchor="middle">{yTitle}</text>
            """);
    }

    /// <summary>The axis of optimiser steps, below the drawing.</summary>
    public static Html Steps(Axis x, double bottom)
    {
        var ticks = x.Ticks(5, whole: true).Where(tick => tick > 0).Select(tick => Html.Of(
            $"""
            <line class="tick" x1="{x.At(tick):0.#}" y1="{bottom:0.#}" x2="{x.At(tick):0.#}" y2="{bottom + 4:0.#}"/>
            <text x="{x.At(tick):0.#}" y="{bottom + 17:0.#}" text-anchor="middle">{Axis.Label(tick)}</text>
            """));
        return Html.Of(
            $"""
            {ticks}<line class="axis" x1="{x.From:0.#}" y1="{bottom:0.#}" x2="{x.To:0.#}" y2="{bottom:0.#}"/>
            <text class="title" x="{(x.From + x.To) / 2:0.#}" y="{bottom + 36:0.#}" text-anchor="middle">optimiser step</text>
            """);
    }

    /// <summary>The path through points; a point that is not a number interrupts it.</summary>
    public static string Path(IEnumerable<(double X, double Y)> points)
    {
        var path = new StringBuilder();
        var pen = 'M';
        foreach (var (x, y) in points)
        {
            if (!double.IsFinite(y))
            {
                pen = 'M';
                continue;
            }
            path.Append(CultureInfo.InvariantCulture, $"{pen}{x:0.#} {y:0.#}");
            pen = 'L';
        }
        return path.ToString();
    }

    public static Html Legend(IEnumerable<(string Class, string Text)> entries) => Html.Of(
        $"""<ul class="legend">{entries.Select(entry => Html.Of($"""<li><i class="{entry.Class}"></i>{entry.Text}</li>"""))}</ul>""");
}
