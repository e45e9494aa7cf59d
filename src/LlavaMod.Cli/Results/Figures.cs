using System.Globalization;

namespace LlavaMod.Cli.Results;

/// <summary>How figures are written in tables and sentences.</summary>
internal static class Figures
{
    public static string Percent(double? part) => part is { } value ? $"{(100 * value).ToString("F1", CultureInfo.InvariantCulture)} %" : "-";

    /// <summary>A difference of two parts, in percentage points.</summary>
    public static string Points(double difference) => $"{(100 * difference).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture)} points";

    public static string Count(double count) => count switch
    {
        >= 1e18 => Short(count / 1e18, "E"),
        >= 1e15 => Short(count / 1e15, "P"),
        >= 1e12 => Short(count / 1e12, "T"),
        >= 1e9 => Short(count / 1e9, "B"),
        >= 1e6 => Short(count / 1e6, "M"),
        >= 1e4 => Short(count / 1e3, "k"),
        _ => count.ToString("N0", CultureInfo.InvariantCulture),
    };

    public static string Bytes(double bytes) => bytes switch
    {
        0 => "0",
        >= 1L << 30 => Short(bytes / (1L << 30), "GiB"),
        >= 1L << 20 => Short(bytes / (1L << 20), "MiB"),
        _ => Short(bytes / (1L << 10), "KiB"),
    };

    /// <summary>A time in a column: 1:55, 2.0 h, 5.1 d.</summary>
    public static string Clock(double seconds) => seconds switch
    {
        < 3599.5 => $"{TimeSpan.FromSeconds(Math.Round(seconds)):m\\:ss}",
        < 100 * 3600 => Short(seconds / 3600, "h"),
        _ => Short(seconds / 86400, "d"),
    };

    public static string Duration(double seconds) => seconds switch
    {
        < 60 => Short(seconds, "s"),
        < 3600 => $"{(int)seconds / 60} min {(int)seconds % 60:00} s",
        < 86400 => $"{(int)seconds / 3600} h {(int)seconds / 60 % 60:00} min",
        _ => $"{(int)(seconds / 86400)} d {(int)(seconds / 3600) % 24:00} h",
    };

    private static string Short(double value, string unit) => $"{value.ToString(value < 99.95 ? "0.0" : "0", CultureInfo.InvariantCulture)} {unit}";
}
