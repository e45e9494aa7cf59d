using System.Buffers;
using System.Globalization;
using System.Text;

namespace LlavaMod.Tokenization;

/// <summary>A token that is matched in the text before anything is split or merged.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text, verbatim.</param>
/// <param name="Special">Whether it controls the model, so that decoding can leave it out.</param>
internal sealed record AddedToken(int Id, string Content, bool Special)
{
    /// <summary>Whether a match takes the white space in front of it.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>Whether a match takes the white space behind it.</summary>
    public bool RightStrip { get; init; }

    /// <summary>Whether only what stands between other characters than letters, digits and _ is a match.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Whether it is matched in normalised text instead of the raw one.</summary>
    public bool Normalized { get; init; }
}

/// <summary>Finds added tokens in text as Hugging Face does: the leftmost, and the longest of those that start there.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<string, AddedToken> byPattern = new(StringComparer.Ordinal);
    private readonly int[] lengths;
    private readonly SearchValues<string>? patterns;

    /// <param name="tokens">The tokens.</param>
    /// <param name="pattern">What is looked for, where it is not the content itself.</param>
    public AddedTokens(IEnumerable<AddedToken> tokens, Func<string, string>? pattern = null)
    {
        foreach (var token in tokens)
            byPattern.TryAdd(pattern?.Invoke(token.Content) ?? token.Content, token);
        lengths = [.. byPattern.Keys.Select(key => key.Length).Distinct().OrderDescending()];
        if (byPattern.Count > 0)
            patterns = SearchValues.Create([.. byPattern.Keys], StringComparison.Ordinal);
    }

    /// <summary>The first added token at or after <paramref name="from"/>; null where there is none.</summary>
    public (int Start, int End, int Id)? Find(ReadOnlySpan<char> text, int from)
    {
        if (patterns is null)
            return null;
        var at = from;
        while (text[at..].IndexOfAny(patterns) is var distance and >= 0)
        {
            at += distance;
            var (token, length) = LongestAt(text[at..]);
            var end = at + length;
            if (token.SingleWord && (EndsWithWord(text[..at]) || StartsWithWord(text[end..])))
            {
                at = end;
                continue;
            }
            var start = token.LeftStrip ? Math.Max(from, text[..at].TrimEnd().Length) : at;
            if (token.RightStrip)
                end = text.Length - text[end..].TrimStart().Length;
            return (start, end, token.Id);
        }
        return null;
    }

    private (AddedToken Token, int Length) LongestAt(ReadOnlySpan<char> text)
    {
        var lookup = byPattern.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var length in lengths)
            if (length <= text.Length && lookup.TryGetValue(text[..length], out var token))
                return (token, length);
        throw new InvalidOperationException("The search found no token.");
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text)
    {
        Rune.DecodeLastFromUtf16(text, out var rune, out var units);
        return units > 0 && IsWord(rune);
    }

    private static bool StartsWithWord(ReadOnlySpan<char> text)
    {
        Rune.DecodeFromUtf16(text, out var rune, out var units);
        return units > 0 && IsWord(rune);
    }

    // \w of Unicode's regular expressions: letters, marks, decimal digits, connectors.
    private static bool IsWord(Rune rune) => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber
        or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;
}
