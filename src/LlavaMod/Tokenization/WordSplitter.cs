using System.Globalization;
using System.Text;

namespace LlavaMod.Tokenization;

/// <summary>
/// Cuts text into the words within which byte pairs may merge. A splitter is its tokenizer's regular expression written out by hand:
/// the runtime's own expressions see UTF-16 units, so <c>\p{L}</c> would miss letters beyond the first plane.
/// </summary>
internal abstract class WordSplitter
{
    /// <summary>The class of a character, as the expressions tell them apart.</summary>
    protected enum Kind
    {
        /// <summary>Past the end of the text.</summary>
        None,

        /// <summary>\p{L}</summary>
        Letter,

        /// <summary>\p{N}</summary>
        Number,

        /// <summary>\s</summary>
        Space,

        /// <summary>[^\s\p{L}\p{N}]</summary>
        Other,
    }

    /// <summary>The length, at least 1, of the first word of a text that is not empty.</summary>
    public abstract int Next(ReadOnlySpan<char> text);

    /// <summary>The kind of the character that starts at <paramref name="at"/>, and how many UTF-16 units it takes.</summary>
    protected static Kind KindAt(ReadOnlySpan<char> text, int at, out int units)
    {
        units = 1;
        if (at >= text.Length)
            return Kind.None;
        var first = text[at];
        if (first < 128)
            return Ascii(first);
        Rune.DecodeFromUtf16(text[at..], out var rune, out units);
        return Of(rune);
    }

    /// <summary>The end of the run of <paramref name="kind"/> that starts at <paramref name="at"/>.</summary>
    protected static int SkipAll(ReadOnlySpan<char> text, int at, Kind kind)
    {
        while (KindAt(text, at, out var units) == kind)
            at += units;
        return at;
    }

    /// <summary>
    /// The length of a leading run of white space by <c>\s+(?!\S)|\s+</c>: all of it at the end of the text, otherwise all but the last
    /// character, which belongs to the next word, unless it is the only one.
    /// </summary>
    protected static int WhiteRun(ReadOnlySpan<char> text, int end) => end == text.Length || end == 1 ? end : end - 1;

    private static Kind Ascii(char letter) => letter switch
    {
        >= 'a' and <= 'z' or >= 'A' and <= 'Z' => Kind.Letter,
        >= '0' and <= '9' => Kind.Number,
        ' ' or >= '\t' and <= '\r' => Kind.Space,
        _ => Kind.Other,
    };

    private static Kind Of(Rune rune)
    {
        if (Rune.IsWhiteSpace(rune))
            return Kind.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
