using System.Globalization;
using System.Text.RegularExpressions;

namespace LlavaMod.Cli;

/// <summary>Sizes as users write them: 5GB, 500 MB, 2GiB, 1000000.</summary>
internal static partial class ByteSize
{
    /// <summary>A size in bytes; K, M, G and T are powers of 1000, Ki, Mi, Gi and Ti of 1024.</summary>
    /// <exception cref="UserError">The text is no size, or not at least one byte.</exception>
    public static long Parse(string text, string where)
    {
        var match = Form().Match(text);
        double bytes = match.Success ? double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture) * Unit(match.Groups["unit"].Value.ToUpperInvariant()) : 0;
        return bytes is >= 1 and < long.MaxValue ? (long)bytes : throw new UserError($"{where} is '{text}'; give a size such as 5GB, 500MB or 2GiB");
    }

    private static double Unit(string unit) => unit.Length == 0 ? 1 : Math.Pow(unit.EndsWith('I') ? 1024 : 1000, "KMGT".IndexOf(unit[0]) + 1);

    [GeneratedRegex(@"^\s*(?<number>[0-9]+(\.[0-9]+)?)\s*(?<unit>[KMGT]i?)?B?\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex Form();
}
