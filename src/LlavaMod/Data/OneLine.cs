using System.Globalization;
using System.Text;

namespace LlavaMod.Data;

/// <summary>
/// Text from a file as a message may show it. An id may hold line ends that would look like another message, escape sequences that a terminal
/// obeys, marks that turn the direction of reading, or a megabyte.
/// </summary>
internal static class OneLine
{
    /// <summary>The text with such characters written as <c>\uXXXX</c>, and cut where it is longer than <paramref name="most"/> characters.</summary>
    public static string Of(string text, int most)
    {
        var shown = text.Length > most ? text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)] : text;
        if (shown.Any(Hides))
        {
            var escaped = new StringBuilder();
            foreach (var character in shown)
                _ = Hides(character) ? escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}") : escaped.Append(character);
            shown = escaped.ToString();
        }
        return text.Length > most ? $"{shown}... ({text.Length:N0} characters)" : shown;
    }

    private static bool Hides(char character) => CharUnicodeInfo.GetUnicodeCategory(character) is
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || character is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
