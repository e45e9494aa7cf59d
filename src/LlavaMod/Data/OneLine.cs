using System.Globalization;
using System.Text;

namespace LlavaMod.Data;

/// <summary>
/// Text from a file as a message may show it. An id may hold line ends that would look like another message, escape sequences that a terminal
/// obeys, marks that turn the direction of reading, or a megabyte.
/// </summary>
internal static class OneLine
{
    private const int MostListed = 5;

    /// <summary>
    /// The text with such characters written as <c>\uXXXX</c>. Of one longer than <paramref name="most"/> characters the middle is left out, for
    /// what is wrong stands at its ends.
    /// </summary>
    public static string Of(string text, int most)
    {
        if (text.Length <= most)
            return Escaped(text);
        var (head, tail) = (most * 3 / 4, text.Length - (most / 4));
        head -= char.IsHighSurrogate(text[head - 1]) ? 1 : 0;
        tail += char.IsLowSurrogate(text[tail]) ? 1 : 0;
        return $"{Escaped(text[..head])}...({tail - head:N0} characters)...{Escaped(text[tail..])}";
    }

    /// <summary>The first five of some ids, and dots where there are more.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="most">Characters of an id, as in <see cref="Of"/>.</param>
    public static string First(IReadOnlyCollection<string> ids, int most) =>
        string.Join(", ", ids.Take(MostListed).Select(id => Of(id, most))) + (ids.Count > MostListed ? ", ..." : "");

    private static string Escaped(string text)
    {
        if (!text.Any(Hides))
            return text;
        var escaped = new StringBuilder();
        foreach (var character in text)
            _ = Hides(character) ? escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}") : escaped.Append(character);
        return escaped.ToString();
    }

    private static bool Hides(char character) => CharUnicodeInfo.GetUnicodeCategory(character) is
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || character is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
