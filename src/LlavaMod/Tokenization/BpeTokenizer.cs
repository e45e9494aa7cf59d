using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace LlavaMod.Tokenization;

/// <summary>
/// Byte-level byte-pair encoding, as Hugging Face's Qwen2 and GPT-2 tokenizers run it: added tokens are cut out first, the text between
/// them is normalised (Qwen2: NFC), split into words, spelled as bytes, and merged by rank.
/// </summary>
public sealed class BpeTokenizer : Tokenizer
{
    private const int CachedWords = 1 << 16;
    private const int CachedLength = 48;

    private readonly TokenizerParts parts;
    private readonly int[] byteTokens = new int[256];
    private readonly BpeMerges merges;
    private readonly AddedTokens addedTokens;
    private readonly WordSplitter splitter;
    private readonly ConcurrentDictionary<string, int[]> cache = new();
    private int cachedCount;

    internal BpeTokenizer(TokenizerParts parts)
    {
        this.parts = parts;
        for (var value = 0; value < 256; value++)
            byteTokens[value] = parts.Vocabulary.IdOf([ByteAlphabet.Char((byte)value)]);
        merges = new BpeMerges(parts.Merges);
        addedTokens = new AddedTokens(parts.Added);
        splitter = parts.Splitter;
        EndOfText = parts.Vocabulary.IdOf(parts.EndOfText);
        Pad = parts.Vocabulary.IdOf(parts.Pad);
    }

    /// <summary>Token strings by id, as vocab.json spells them (bytes as printable characters); added tokens as their plain text.</summary>
    public override IReadOnlyList<string> Tokens => parts.Vocabulary.Tokens;

    /// <summary>The id of <c>&lt;|endoftext|&gt;</c>, or of the configuration's eos_token in vocabularies without it.</summary>
    public override int EndOfText { get; }

    /// <summary>The id that fills batches: the configuration's pad_token, or else <see cref="EndOfText"/>.</summary>
    public override int Pad { get; }

    /// <summary>
    /// Learns a vocabulary of at most <paramref name="vocabSize"/> tokens: the 256 bytes (ids 0 to 255), merges, then
    /// <paramref name="specialTokens"/>. It ends smaller where the texts have no more pairs that occur twice. The result depends on the
    /// words and their counts, not on their order.
    /// </summary>
    /// <param name="texts">The texts; special tokens in them are skipped.</param>
    /// <param name="vocabSize">At least 256 plus the number of special tokens.</param>
    /// <param name="specialTokens">At least one. The first ends a text and pads, unless <c>&lt;|endoftext|&gt;</c> is among them.</param>
    /// <exception cref="UserError"><paramref name="vocabSize"/> is too small.</exception>
    public static BpeTokenizer Train(IEnumerable<string> texts, int vocabSize, IReadOnlyList<string> specialTokens)
        => new(TokenizerTraining.Run(texts, vocabSize, specialTokens));

    /// <summary>Writes vocab.json, merges.txt, tokenizer_config.json and added_tokens.json, creating the folder where needed.</summary>
    public override void Save(string folder) => TokenizerFolder.Write(folder, parts);

    /// <inheritdoc/>
    public override int? IdOf(string token) => parts.Vocabulary.IdOf(token) is var id and >= 0 ? id : null;

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> text, IBufferWriter<int> ids, bool continues = false)
    {
        while (addedTokens.Find(text) is { } found)
        {
            EncodeWords(text[..found.At], ids);
            ids.Write([found.Token.Id]);
            text = text[(found.At + found.Token.Content.Length)..];
        }
        EncodeWords(text, ids);
    }

    /// <inheritdoc/>
    public override string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        var bytes = new List<byte>(ids.Length * 4);
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)VocabSize)
                throw new ArgumentOutOfRangeException(nameof(ids), id, $"Token ids are 0 to {VocabSize - 1}.");
            if (!addedTokens.ById.TryGetValue(id, out var added))
                ByteAlphabet.AppendBytes(Tokens[id], bytes);
            else if (!(skipSpecial && added.Special))
                bytes.AddRange(Encoding.UTF8.GetBytes(added.Content));
        }
        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes));
    }

    private void EncodeWords(ReadOnlySpan<char> text, IBufferWriter<int> ids)
    {
        var rest = splitter.Normalizes ? Nfc.Normalize(text) : text;
        while (!rest.IsEmpty)
        {
            var length = splitter.Next(rest);
            EncodeWord(rest[..length], ids);
            rest = rest[length..];
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, IBufferWriter<int> ids)
    {
        if (cache.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out var known))
        {
            ids.Write(known);
            return;
        }
        var size = Encoding.UTF8.GetMaxByteCount(word.Length);
        Span<byte> utf8 = size <= 512 ? stackalloc byte[size] : new byte[size];
        utf8 = utf8[..Encoding.UTF8.GetBytes(word, utf8)];
        Span<int> tokens = utf8.Length <= 512 ? stackalloc int[utf8.Length] : new int[utf8.Length];
        for (var i = 0; i < utf8.Length; i++)
            tokens[i] = byteTokens[utf8[i]];
        tokens = tokens[..merges.Apply(tokens)];
        ids.Write(tokens);
        Remember(word, tokens);
    }

    // Common words come early in any text, so the cache simply stops growing when it is full.
    private void Remember(ReadOnlySpan<char> word, ReadOnlySpan<int> tokens)
    {
        if (word.Length <= CachedLength && Volatile.Read(ref cachedCount) < CachedWords && cache.TryAdd(word.ToString(), tokens.ToArray()))
            Interlocked.Increment(ref cachedCount);
    }
}
