using System.Buffers;

namespace LlavaMod.Tokenization;

/// <summary>
/// Text to token ids and back. A tokenizer is immutable and may be used from many threads at once; any text can be encoded, and decoding gives it
/// back up to the tokenizer's own normalisation.
/// </summary>
public abstract class Tokenizer
{
    private readonly TokenizerParts parts;
    private readonly AddedTokens raw, normalized;

    private protected Tokenizer(TokenizerParts parts)
    {
        this.parts = parts;
        raw = new AddedTokens(parts.Added.Where(token => !token.Normalized));
        normalized = new AddedTokens(parts.Added.Where(token => token.Normalized), parts.NormalizedPattern);
        EndOfText = parts.Vocabulary.IdOf(parts.EndOfText);
        Pad = parts.Vocabulary.IdOf(parts.Pad);
        BeginningOfText = parts.BeginningOfText is { } token ? parts.Vocabulary.IdOf(token) : null;
    }

    /// <summary>Token strings by id, as the tokenizer's own files spell them; added tokens as their plain text.</summary>
    public IReadOnlyList<string> Tokens => parts.Vocabulary.Tokens;

    /// <summary>The number of tokens, added ones included; ids are 0 to <c>VocabSize - 1</c>.</summary>
    public int VocabSize => parts.Vocabulary.Count;

    /// <summary>The id of <c>&lt;|endoftext|&gt;</c>, or of the configuration's eos_token in vocabularies without it.</summary>
    public int EndOfText { get; }

    /// <summary>The id that fills batches: the configuration's pad_token, or else <see cref="EndOfText"/>.</summary>
    public int Pad { get; }

    /// <summary>The id that models of this tokenizer see first; null where they see none. <see cref="Encode(string)"/> does not add it.</summary>
    public int? BeginningOfText { get; }

    /// <summary>What each token contributes to decoded text.</summary>
    internal abstract TokenTexts Texts { get; }

    /// <summary>
    /// Loads the tokenizer of a folder in the layout of Hugging Face: tokenizer.json, or else tokenizer.model, or else vocab.json with merges.txt,
    /// and beside them, where present, tokenizer_config.json and added_tokens.json.
    /// </summary>
    /// <exception cref="UserError">A file is missing, too large or malformed, or asks for what no tokenizer here does.</exception>
    public static Tokenizer Load(string folder) => TokenizerFolder.Read(folder);

    /// <summary>
    /// Writes the tokenizer's files, creating the folder where needed: those it was read from, byte for byte, or those of a trained one.
    /// </summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        (parts.Files ?? Files()).Write(folder);
    }

    /// <summary>The id of a token spelled as in <see cref="Tokens"/>; null where the vocabulary has none.</summary>
    public int? IdOf(string token) => parts.Vocabulary.IdOf(token) is var id and >= 0 ? id : null;

    /// <summary>The ids of <paramref name="text"/>. Nothing is put in front or behind; added tokens in the text are recognised.</summary>
    public int[] Encode(string text)
    {
        var ids = new ArrayBufferWriter<int>(text.Length / 3 + 4);
        Encode(text, ids);
        return ids.WrittenSpan.ToArray();
    }

    /// <summary>Appends the ids of <paramref name="text"/> to <paramref name="ids"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ids">Where the ids go.</param>
    /// <param name="position">Where the text stands among what is encoded beside it.</param>
    public void Encode(ReadOnlySpan<char> text, IBufferWriter<int> ids, TextPosition position = TextPosition.Beginning)
    {
        var at = 0;
        while (raw.Find(text, at) is { } found)
        {
            EncodeSegment(text[at..found.Start], ids, position);
            ids.Write([found.Id]);
            at = found.End;
            position = TextPosition.BehindToken;
        }
        EncodeSegment(text[at..], ids, position);
    }

    /// <summary>The text of <paramref name="ids"/>; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Token ids, each 0 to <c>VocabSize - 1</c>.</param>
    /// <param name="skipSpecial">Whether to leave special tokens out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        var text = new ArrayBufferWriter<char>(ids.Length * 4 + 4);
        var decoder = new StreamingDecoder(this, skipSpecial);
        foreach (var id in ids)
            decoder.Append(id, text);
        decoder.Flush(text);
        return new string(text.WrittenSpan);
    }

    /// <summary>The files of a tokenizer that was not read from any.</summary>
    private protected abstract TokenizerFiles Files();

    /// <summary>Brings a stretch of text without raw added tokens to its normal form and passes it to <see cref="EncodeNormal"/>.</summary>
    /// <param name="text">The stretch, which may be empty.</param>
    /// <param name="ids">Where the ids go.</param>
    /// <param name="position">Where the stretch stands.</param>
    private protected abstract void EncodeSegment(ReadOnlySpan<char> text, IBufferWriter<int> ids, TextPosition position);

    /// <summary>Cuts the added tokens that are matched in normal text, and encodes what is between them.</summary>
    private protected void EncodeNormal(ReadOnlySpan<char> text, IBufferWriter<int> ids, TextPosition position)
    {
        var at = 0;
        while (normalized.Find(text, at) is { } found)
        {
            EncodeWords(text[at..found.Start], ids, position);
            ids.Write([found.Id]);
            at = found.End;
            position = TextPosition.BehindToken;
        }
        EncodeWords(text[at..], ids, position);
    }

    /// <summary>Encodes normal text, which may be empty, in which there are no added tokens.</summary>
    private protected abstract void EncodeWords(ReadOnlySpan<char> text, IBufferWriter<int> ids, TextPosition position);
}
