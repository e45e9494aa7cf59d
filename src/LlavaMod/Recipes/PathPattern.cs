using System.Globalization;
using System.Text.RegularExpressions;

namespace LlavaMod.Recipes;

/// <summary>
/// Paths that name several files: <c>*</c> and <c>?</c> in a file's name stand for what is there, and braces, as in a shell, for what must be
/// there: <c>{000..123}</c> for numbers, with zeros in front where one of the two has them, and <c>{a,b}</c> for words.
/// </summary>
internal static partial class PathPattern
{
    /// <summary>How many paths the braces of one pattern may stand for.</summary>
    public const int Most = 100_000;

    /// <summary>Puts every choice of every pair of braces in its place. Braces within braces, and any that hold neither form, are left as they are.</summary>
    /// <exception cref="UserError">There are more than <see cref="Most"/>.</exception>
    public static IReadOnlyList<string> Expand(string pattern)
    {
        IReadOnlyList<string> paths = [""];
        var done = 0;
        foreach (Match braces in Braces().Matches(pattern))
        {
            var (text, (count, choices)) = (pattern[done..braces.Index], ChoicesOf(braces));
            if (paths.Count * count > Most)
                throw new UserError($"{pattern}: its braces stand for more than {Most:N0} files; use a pattern with *, or several datasets");
            paths = [.. paths.SelectMany(_ => choices, (path, choice) => path + text + choice)];
            done = braces.Index + braces.Length;
        }
        return [.. paths.Select(path => path + pattern[done..])];
    }

    /// <summary>The files of one path without braces: what fits <c>*</c> and <c>?</c> in its name; the file itself without them.</summary>
    public static string[] Files(string path) =>
        Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && Directory.Exists(folder) ? Directory.GetFiles(folder, Path.GetFileName(path)) : [];

    /// <summary>The first path of a pattern where nothing is; null where all are there.</summary>
    /// <exception cref="UserError">Its braces stand for too many.</exception>
    public static string? Missing(string pattern) =>
        Path.Exists(pattern) ? null : Expand(pattern).FirstOrDefault(path => !Path.Exists(path) && Files(path).Length == 0);

    private static (long Count, IEnumerable<string> Choices) ChoicesOf(Match braces)
    {
        if (braces.Groups["list"] is { Success: true } list)
        {
            var words = list.Value.Split(',');
            return (words.Length, words);
        }
        var (first, last) = (braces.Groups["first"].Value, braces.Groups["last"].Value);
        var (from, to) = (Number(first), Number(last));
        if (from > to)
            (from, to) = (to, from);
        var width = HasZeros(first) || HasZeros(last) ? Math.Max(first.Length, last.Length) : 1;
        return (to - from + 1L, Enumerable.Range(from, to - from + 1).Select(number => number.ToString($"D{width}", CultureInfo.InvariantCulture)));
    }

    private static int Number(string digits) => int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);

    private static bool HasZeros(string digits) => digits.Length > 1 && digits[0] == '0';

    [GeneratedRegex(@"\{(?:(?<first>[0-9]{1,9})\.\.(?<last>[0-9]{1,9})|(?<list>[^{},]*(?:,[^{},]*)+))\}", RegexOptions.CultureInvariant)]
    private static partial Regex Braces();
}
