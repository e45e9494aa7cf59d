namespace LlavaMod.Tokenization;

/// <summary>
/// GPT-2's rule: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal sealed class Gpt2Splitter : WordSplitter
{
    /// <inheritdoc/>
    public override int Next(ReadOnlySpan<char> text)
    {
        if (Contraction(text) is var length and > 0)
            return length;
        var kind = KindAt(text, 0, out var units);
        if (kind != Kind.Space)
            return SkipAll(text, units, kind);
        var afterFirst = KindAt(text, 1, out _);
        if (text[0] == ' ' && afterFirst is not (Kind.Space or Kind.None))
            return SkipAll(text, 1, afterFirst);
        return WhiteRun(text, SkipAll(text, units, Kind.Space));
    }

    private static int Contraction(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] != '\'')
            return 0;
        if (text[1] is 's' or 't' or 'm' or 'd')
            return 2;
        return text[1..] is ['r', 'e', ..] or ['v', 'e', ..] or ['l', 'l', ..] ? 3 : 0;
    }
}
