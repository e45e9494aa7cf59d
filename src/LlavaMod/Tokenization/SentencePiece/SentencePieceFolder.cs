namespace LlavaMod.Tokenization.SentencePiece;

/// <summary>
/// A SentencePiece tokenizer on disk: tokenizer.model, and beside it tokenizer_config.json and added_tokens.json, whose special and added tokens are
/// looked for in the text as Hugging Face's LlamaTokenizer does. Without them the model stands alone, and its control symbols come from no text.
/// </summary>
internal static class SentencePieceFolder
{
    // Splitting a piece everywhere is quadratic in its length; real ones have at most 16 characters.
    private const int LongestPiece = 128;

    /// <summary>Reads the folder.</summary>
    /// <exception cref="UserError">A file is missing, too large or malformed, or asks for what this tokenizer does not do.</exception>
    public static SentencePieceParts Read(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        var model = SentencePieceModel.Read(path);
        var config = TokenizerConfig.Read(folder);
        if (config.Class is not (null or "LlamaTokenizer" or "LlamaTokenizerFast"))
            throw new UserError($"{folder}: tokenizer_class {config.Class} with {name} is not supported; LlamaTokenizer is.");
        var vocabulary = VocabularyOf(model, path);
        var (merges, ranks) = PieceMerges.Of(model.Pieces, vocabulary);
        var added = AddedTokenList.Append(vocabulary, AddedTokenList.Read(folder, config).Select(token => token with { Normalized = false }), config.Special(), folder);
        var userDefined = Ids(model, PieceType.UserDefined).Select(id => new AddedToken(id, vocabulary.Tokens[id], Special: false) { Normalized = true });
        var end = config.EndOfTextIn(vocabulary, model.Names.End);
        return new SentencePieceParts
        {
            Vocabulary = vocabulary,
            Types = [.. model.Pieces.Select(piece => piece.Type)],
            Merges = merges,
            Ranks = ranks,
            Bytes = model.ByteFallback ? ByteTokens.Find(vocabulary) ?? throw new UserError($"{path}: byte_fallback needs the pieces <0x00> to <0xFF>, and some are missing.") : null,
            Unknown = Ids(model, PieceType.Unknown).Single(),
            UnknownSurface = model.UnknownSurface,
            Added = [.. added, .. userDefined.Where(token => added.All(other => other.Id != token.Id))],
            ContentIsNormal = true,
            Prefix = !model.DummyPrefix ? SpacePrefix.None : config.IsLegacy ? SpacePrefix.EverySegment : SpacePrefix.First,
            FirstSpaceIsAdded = model.DummyPrefix,
            BeginningOfText = config.BeginningOfTextIn(vocabulary, unlessSaid: true, vocabulary.Contains(model.Names.Beginning) ? model.Names.Beginning : null),
            EndOfText = end,
            Pad = config.NamedIn(vocabulary, "pad_token") ?? (vocabulary.Contains(model.Names.Pad) ? model.Names.Pad : end),
            Files = TokenizerFiles.Read(folder),
        };
    }

    private static IEnumerable<int> Ids(SentencePieceModel model, PieceType type)
        => Enumerable.Range(0, model.Pieces.Count).Where(id => model.Pieces[id].Type == type);

    private static Vocabulary VocabularyOf(SentencePieceModel model, string path)
    {
        var vocabulary = new Vocabulary();
        foreach (var piece in model.Pieces)
        {
            if (piece.Text.Length is 0 or > LongestPiece || float.IsNaN(piece.Score))
                throw new UserError($"{path}: piece {vocabulary.Count} has {piece.Text.Length} characters and the score {piece.Score}; 1 to {LongestPiece} and a number are expected.");
            if (vocabulary.Contains(piece.Text))
                throw new UserError($"{path} holds the piece \"{piece.Text}\" twice.");
            vocabulary.GetOrAdd(piece.Text);
        }
        if (Ids(model, PieceType.Unknown).Count() != 1)
            throw new UserError($"{path} has {Ids(model, PieceType.Unknown).Count()} unknown pieces; it must have one.");
        return vocabulary;
    }
}
