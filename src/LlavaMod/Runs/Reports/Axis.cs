using System.Globalization;

namespace LlavaMod.Runs.Reports;

/// <summary>An axis: where values go, and where its ticks are.</summary>
/// <param name="Low">The value at <paramref name="From"/>.</param>
/// <param name="High">The value at <paramref name="To"/>; greater than <paramref name="Low"/>.</param>
/// <param name="From">The position of the low end in the drawing.</param>
/// <param name="To">The position of the high end.</param>
/// <param name="IsLogarithmic">Whether equal ratios, not differences, are equally far apart; the values are then above 0.</param>
internal sealed record Axis(double Low, double High, double From, double To, bool IsLogarithmic = false)
{
    public double At(double value) => From + (IsLogarithmic
        ? Math.Log(Math.Max(value, Low) / Low) / Math.Log(High / Low) * (To - From)
        : (value - Low) / (High - Low) * (To - From));

    /// <summary>Round values 1, 2 or 5 times a power of ten apart, about as many as asked for.</summary>
    public IReadOnlyList<double> Ticks(int about, bool whole = false)
    {
        if (IsLogarithmic)
            return [.. OneTwoFive(Low).TakeWhile(tick => tick <= High * (1 + 1e-9))];
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

    /// <summary>The logarithmic axis from 1, 2 or 5 times a power of ten at or below the low value to one at or above the high value.</summary>
    public static Axis AroundRatio(double low, double high, double from, double to)
    {
        var first = OneTwoFive(low / 10).TakeWhile(tick => tick <= low * (1 + 1e-9)).Last();
        return new Axis(first, OneTwoFive(first).First(tick => tick >= high * (1 - 1e-9)), from, to, IsLogarithmic: true);
    }

    // 1, 2 and 5 times the powers of ten, from the first at or above a value.
    private static IEnumerable<double> OneTwoFive(double from)
    {
        for (var exponent = (int)Math.Floor(Math.Log10(from)); ; exponent++)
        {
            foreach (var digit in (double[])[1, 2, 5])
            {
                // Divided, where the power is below 1: 5 / 1000 is nearer to 0.005 than 5 x 0.001.
                var tick = exponent < 0 ? digit / Math.Pow(10, -exponent) : digit * Math.Pow(10, exponent);
                if (tick >= from * (1 - 1e-9))
                    yield return tick;
            }
        }
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
