namespace LlavaMod.Tokenization;

/// <summary>
/// Qwen2's rule:
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal sealed class Qwen2Splitter : WordSplitter
{
    /// <inheritdoc/>
    public override int Next(ReadOnlySpan<char> text)
    {
        if (Contraction(text) is var length and > 0)
            return length;
        var kind = KindAt(text, 0, out var units);
        if (kind == Kind.Letter)
            return SkipAll(text, units, Kind.Letter);
        if (kind == Kind.Number)
            return units;
        var afterFirst = KindAt(text, units, out _);
        if (afterFirst == Kind.Letter && text[0] is not ('\r' or '\n'))
            return SkipAll(text, units, Kind.Letter);
        if (kind == Kind.Other || (text[0] == ' ' && afterFirst == Kind.Other))
            return SkipLineEnds(text, SkipAll(text, units, Kind.Other));
        return White(text, SkipAll(text, units, Kind.Space));
    }

    private static int White(ReadOnlySpan<char> text, int end)
    {
        var lineEnd = text[..end].LastIndexOfAny('\r', '\n');
        return lineEnd >= 0 ? lineEnd + 1 : WhiteRun(text, end);
    }

    private static int SkipLineEnds(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && text[at] is '\r' or '\n')
            at++;
        return at;
    }

    private static int Contraction(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] != '\'')
            return 0;
        var second = Fold(text[1]);
        if (second is 's' or 't' or 'm' or 'd')
            return 2;
        var third = text.Length > 2 ? Fold(text[2]) : '\0';
        return (second, third) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    // Unicode's simple case folding: the long s is an s too.
    private static char Fold(char letter) => letter == 'ſ' ? 's' : char.ToLowerInvariant(letter);
}
