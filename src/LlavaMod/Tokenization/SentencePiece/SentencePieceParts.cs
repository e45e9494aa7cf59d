using System.Text;

namespace LlavaMod.Tokenization.SentencePiece;

/// <summary>Where a space is put in front of text, so that a word at the beginning is the word that it is elsewhere.</summary>
internal enum SpacePrefix
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>Where the text begins.</summary>
    First,

    /// <summary>Where the text begins and behind every added token (Hugging Face's legacy Llama tokenizer).</summary>
    EverySegment,
}

/// <summary>What a SentencePiece BPE is made of.</summary>
internal sealed record SentencePieceParts : TokenizerParts
{
    /// <summary>What SentencePiece writes for a space.</summary>
    public const char Space = '\u2581';

    /// <summary>What each token of the model is; added tokens come behind them.</summary>
    public required IReadOnlyList<PieceType> Types { get; init; }

    /// <summary>
    /// Pairs of symbols that merge. A symbol is a token, or <c>-1 - code</c> for a character that has no token of its own.
    /// </summary>
    public required IReadOnlyList<(int Left, int Right, int Result)> Merges { get; init; }

    /// <summary>The rank of each merge; null where each has its own, in their order.</summary>
    public IReadOnlyList<int>? Ranks { get; init; }

    /// <summary>Tokens of the 256 bytes; null where characters without a token become <see cref="Unknown"/>.</summary>
    public int[]? Bytes { get; init; }

    /// <summary>The token of what has none.</summary>
    public int Unknown { get; init; }

    /// <summary>What the unknown token decodes to; null for its own text.</summary>
    public string? UnknownSurface { get; init; }

    /// <summary>Where a space is put in front.</summary>
    public required SpacePrefix Prefix { get; init; }

    /// <summary>
    /// Whether spaces are written and put in front once all added tokens are cut out of the text, and only where the text does not begin with one
    /// (Hugging Face's Metaspace); false where the text in which added tokens are looked for has them already.
    /// </summary>
    public bool SpacesComeLast { get; init; }

    /// <summary>Whether decoding leaves a space at the very beginning out.</summary>
    public required bool FirstSpaceIsAdded { get; init; }

    /// <summary>Whether <see cref="AddedToken.Content"/> is already what stands in normalised text.</summary>
    public bool ContentIsNormal { get; init; }

    /// <inheritdoc/>
    public override string NormalizedPattern(string content)
        => ContentIsNormal ? content : (Prefix == SpacePrefix.None ? "" : Space.ToString()) + content.Replace(' ', Space);

    /// <summary>The symbol of a character.</summary>
    public int SymbolOf(Rune rune)
    {
        Span<char> units = stackalloc char[2];
        var id = Vocabulary.IdOf(units[..rune.EncodeToUtf16(units)]);
        return id >= 0 && id < Types.Count && Types[id] is PieceType.Normal or PieceType.UserDefined ? id : -1 - rune.Value;
    }

    /// <summary>What a token that is not a byte decodes to.</summary>
    public string TextOf(int id)
        => id == Unknown && UnknownSurface is not null ? UnknownSurface : Vocabulary.Tokens[id].Replace(Space, ' ');

    /// <summary>Whether a token of the model controls it.</summary>
    public bool IsControl(int id) => id < Types.Count && Types[id] == PieceType.Control;
}
