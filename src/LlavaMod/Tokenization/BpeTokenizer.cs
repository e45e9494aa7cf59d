using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace LlavaMod.Tokenization;

/// <summary>
/// Byte-level byte-pair encoding, as Hugging Face's Qwen2 and GPT-2 tokenizers run it: added tokens are cut out first, the text between
/// them is normalised (Qwen2: NFC), split into words, spelled as bytes, and merged by rank.
/// </summary>
public sealed class BpeTokenizer : Tokenizer
{
    private const int StackLength = 256;

    private readonly BpeParts parts;
    private readonly int[] byteTokens = new int[256];
    private readonly BpeMerges merges;
    private readonly WordCache cache = new();

    internal BpeTokenizer(BpeParts parts)
        : base(parts)
    {
        this.parts = parts;
        for (var value = 0; value < 256; value++)
            byteTokens[value] = parts.Vocabulary.IdOf([ByteAlphabet.Char((byte)value)]);
        merges = new BpeMerges(parts.Merges);
        Texts = TextsOf(parts);
    }

    /// <inheritdoc/>
    internal override TokenTexts Texts { get; }

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

    /// <inheritdoc/>
    private protected override TokenizerFiles Files() => BpeFolder.FilesOf(parts);

    /// <inheritdoc/>
    private protected override void EncodeSegment(ReadOnlySpan<char> text, IBufferWriter<int> ids, TextPosition position)
        => EncodeNormal(parts.Normalizes ? Nfc.Normalize(text) : text, ids, position);

    /// <inheritdoc/>
    private protected override void EncodeWords(ReadOnlySpan<char> text, IBufferWriter<int> ids, TextPosition position)
    {
        while (!text.IsEmpty)
        {
            var length = parts.Splitter.Next(text);
            EncodeWord(text[..length], ids);
            text = text[length..];
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, IBufferWriter<int> ids)
    {
        if (cache.TryGet(word, out var known))
        {
            ids.Write(known);
            return;
        }
        var size = Encoding.UTF8.GetMaxByteCount(word.Length);
        var rentedBytes = size <= StackLength ? null : ArrayPool<byte>.Shared.Rent(size);
        var rentedTokens = size <= StackLength ? null : ArrayPool<int>.Shared.Rent(size);
        var utf8 = rentedBytes ?? stackalloc byte[StackLength];
        var tokens = rentedTokens ?? stackalloc int[StackLength];
        utf8 = utf8[..Encoding.UTF8.GetBytes(word, utf8)];
        tokens = tokens[..Merge(utf8, tokens)];
        ids.Write(tokens);
        cache.Add(word, tokens);
        if (rentedBytes is not null)
            ArrayPool<byte>.Shared.Return(rentedBytes);
        if (rentedTokens is not null)
            ArrayPool<int>.Shared.Return(rentedTokens);
    }

    // Returns how many tokens there are, at the front of the span.
    private int Merge(ReadOnlySpan<byte> utf8, Span<int> tokens)
    {
        if (parts.IgnoreMerges && parts.Vocabulary.IdOf(ByteAlphabet.Spell(utf8)) is var whole and >= 0)
        {
            tokens[0] = whole;
            return 1;
        }
        for (var i = 0; i < utf8.Length; i++)
            tokens[i] = byteTokens[utf8[i]];
        return merges.Apply(tokens[..utf8.Length]);
    }

    private static TokenTexts TextsOf(BpeParts parts)
    {
        var added = parts.Added.ToDictionary(token => token.Id);
        var texts = new TokenTexts();
        var bytes = new List<byte>();
        for (var id = 0; id < parts.Vocabulary.Count; id++)
        {
            bytes.Clear();
            if (added.TryGetValue(id, out var token))
                bytes.AddRange(Encoding.UTF8.GetBytes(token.Content));
            else
                ByteAlphabet.AppendBytes(parts.Vocabulary.Tokens[id], bytes);
            texts.Add(CollectionsMarshal.AsSpan(bytes), token is { Special: true });
        }
        return texts;
    }
}
