using System.Globalization;

namespace LlavaMod.Runs.Reports;

/// <summary>A linear axis: where values go, and where its ticks are.</summary>
/// <param name="Low">The value at <paramref name="From"/>.</param>
/// <param name="High">The value at <paramref name="To"/>; greater than <paramref name="Low"/>.</param>
/// <param name="From">The position of the low end in the drawing.</param>
/// <param name="To">The position of the high end.</param>
internal sealed record Axis(double Low, double High, double From, double To)
{
    public double At(double value) => From + ((value - Low) / (High - Low) * (To - From));

    /// <summary>Round values 1, 2 or 5 times a power of ten apart, about as many as asked for.</summary>
    public IReadOnlyList<double> Ticks(int about, bool whole = false)
    {
        var step = Step((High - Low) / about);
        if (whole)
            step = Math.Max(1, step);
        var first = (long)Math.Ceiling((Low / step) - 1e-9);
        var last = (long)Math.Floor((High / step) + 1e-9);
        var ticks = new List<double>();
        for (var i = first; i <= last; i++)
            ticks.Add(i * step);
        return ticks;
    }

    /// <summary>The axis from a tick at or below the low value to one at or above the high value.</summary>
    public static Axis Around(double low, double high, int ticks, double from, double to)
    {
        if (high - low <= Math.Max(1e-9, Math.Abs(high) * 1e-6))
            (low, high) = (low - Math.Max(0.5, Math.Abs(low) * 0.1), high + Math.Max(0.5, Math.Abs(high) * 0.1));
        var step = Step((high - low) / ticks);
        return new Axis(Math.Floor((low / step) + 1e-9) * step, Math.Ceiling((high / step) - 1e-9) * step, from, to);
    }

    /// <summary>A tick's value without more digits than its axis needs.</summary>
    public static string Label(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + "M",
        >= 1e4 => (value / 1e3).ToString("0.##", CultureInfo.InvariantCulture) + "k",
        < 1e-3 => value.ToString("0.##e0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.####", CultureInfo.InvariantCulture),
    };

    private static double Step(double rough)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return (rough / power) switch
        {
            <= 1.0001 => power,
            <= 2.0001 => 2 * power,
            <= 5.0001 => 5 * power,
            _ => 10 * power,
        };
    }
}
