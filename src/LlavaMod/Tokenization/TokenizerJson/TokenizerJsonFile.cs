using LlavaMod.Data;
using LlavaMod.Tokenization.SentencePiece;

namespace LlavaMod.Tokenization.TokenizerJson;

/// <summary>
/// tokenizer.json, the one-file description of Hugging Face's tokenizers library. Two kinds are read: byte-level BPE under the rules of Qwen2 and
/// GPT-2, and Llama's BPE over characters with byte_fallback. Whatever else the file asks for is refused by its name, never ignored: only
/// truncation and padding, which are about batches, and post_processor, which adds tokens that chat templates place, are left aside.
/// </summary>
internal static class TokenizerJsonFile
{
    /// <summary>Reads a folder's tokenizer.json and the files beside it.</summary>
    /// <exception cref="UserError">It is malformed, or asks for what no tokenizer here does.</exception>
    public static Tokenizer Read(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        using var document = JsonFile.ReadDocument(path, TokenizerFiles.SizeLimit);
        return Read(new JsonPart(document.RootElement, path, ""), folder);
    }

    private static Tokenizer Read(JsonPart file, string folder)
    {
        file.RequireObject();
        var model = file["model"].RequireObject();
        if (model.Type() != "BPE")
            throw model["type"].Unsupported(model.Type(), "BPE is read");
        return PreTokenizer.IsByteLevel(file["pre_tokenizer"]) ? ByteLevel(file, model, folder) : Llama(file, model, folder);
    }

    private static BpeTokenizer ByteLevel(JsonPart file, JsonPart model, string folder)
    {
        var config = TokenizerConfig.Read(folder);
        var bpe = BpeModel.Read(model);
        VocabularyFile.RequireBytes(bpe.Vocabulary, file.File);
        var normalizes = Normalizer.IsNfc(file["normalizer"]);
        var splitter = PreTokenizer.Splitter(file["pre_tokenizer"]);
        Decoders.RequireByteLevel(file["decoder"]);
        var baseCount = bpe.Vocabulary.Count;
        var added = AddedTokenList.Append(bpe.Vocabulary, Added(file, folder, config), config.Special(), folder);
        var end = config.EndOfTextIn(bpe.Vocabulary);
        return new BpeTokenizer(new BpeParts
        {
            Vocabulary = bpe.Vocabulary,
            BaseCount = baseCount,
            Merges = bpe.Merges,
            IgnoreMerges = bpe.IgnoreMerges,
            Added = added,
            Splitter = splitter,
            Normalizes = normalizes,
            BeginningOfText = config.BeginningOfTextIn(bpe.Vocabulary, unlessSaid: false),
            EndOfText = end,
            Pad = config.NamedIn(bpe.Vocabulary, "pad_token") ?? end,
            Files = TokenizerFiles.Read(folder),
        });
    }

    private static SentencePieceTokenizer Llama(JsonPart file, JsonPart model, string folder)
    {
        var config = TokenizerConfig.Read(folder);
        var spaces = LlamaSpaces.Read(file);
        var bpe = BpeModel.Read(model);
        if (!bpe.ByteFallback)
            throw model["byte_fallback"].Unsupported("false", "Llama's BPE has byte_fallback true");
        if (bpe.IgnoreMerges)
            throw model["ignore_merges"].Unsupported("true", "Llama's BPE merges");
        var bytes = ByteTokens.Find(bpe.Vocabulary) ?? throw model["vocab"].Wrong("byte_fallback needs the tokens <0x00> to <0xFF>, and some are missing");
        var ofBytes = bytes.ToHashSet();
        if (bpe.Merges.Any(merge => ofBytes.Contains(merge.Left) || ofBytes.Contains(merge.Right)))
            throw model["merges"].Wrong("it merges tokens of bytes, which stand for characters that have none");
        var types = Enumerable.Repeat(PieceType.Normal, bpe.Vocabulary.Count).ToArray();
        var added = AddedTokenList.Append(bpe.Vocabulary, Added(file, folder, config), config.Special(), folder);
        var end = config.EndOfTextIn(bpe.Vocabulary, otherwise: "</s>");
        return new SentencePieceTokenizer(new SentencePieceParts
        {
            Vocabulary = bpe.Vocabulary,
            Types = types,
            Merges = bpe.Merges,
            Bytes = bytes,
            Added = added,
            Prefix = spaces.Prefix,
            SpacesComeLast = spaces.ComeLast,
            ContentIsNormal = spaces.ComeLast,
            FirstSpaceIsAdded = spaces.FirstIsAdded,
            BeginningOfText = config.BeginningOfTextIn(bpe.Vocabulary, unlessSaid: true, otherwise: bpe.Vocabulary.Contains("<s>") ? "<s>" : null),
            EndOfText = end,
            Pad = config.NamedIn(bpe.Vocabulary, "pad_token") ?? end,
            Files = TokenizerFiles.Read(folder),
        });
    }

    private static IEnumerable<AddedToken> Added(JsonPart file, string folder, TokenizerConfig config)
        => file["added_tokens"].Items().Select(Added).Concat(AddedTokenList.Read(folder, config)).ToList();

    private static AddedToken Added(JsonPart entry)
    {
        var special = entry["special"].Flag();
        return new AddedToken(entry["id"].Number(), entry["content"].Text(), special)
        {
            LeftStrip = entry["lstrip"].Flag(),
            RightStrip = entry["rstrip"].Flag(),
            SingleWord = entry["single_word"].Flag(),
            Normalized = entry["normalized"].Flag(otherwise: !special),
        };
    }
}
