using System.Buffers;
using System.Text;
using LlavaMod.Tokenization.SentencePiece;

namespace LlavaMod.Tokenization;

/// <summary>
/// SentencePiece's byte-pair encoding (Kudo and Richardson 2018, 1808.06226), as Llama and its descendants use it: spaces become U+2581, one is
/// put in front, characters merge by the scores of the tokens that they make, and a character without a token becomes its bytes.
/// </summary>
public sealed class SentencePieceTokenizer : Tokenizer
{
    private const int StackLength = 256;

    private readonly SentencePieceParts parts;
    private readonly BpeMerges merges;
    private readonly WordBoundaries boundaries;
    private readonly WordCache cache = new();
    private readonly int[] symbols = new int[char.MaxValue + 1]; // of the first plane

    internal SentencePieceTokenizer(SentencePieceParts parts)
        : base(parts)
    {
        this.parts = parts;
        merges = new BpeMerges(parts.Merges, parts.Ranks);
        boundaries = new WordBoundaries(parts.Merges.Select(merge => merge.Result).Distinct().Select(id => parts.Vocabulary.Tokens[id]));
        for (var code = 0; code < symbols.Length; code++)
            symbols[code] = char.IsSurrogate((char)code) ? -1 - code : parts.SymbolOf(new Rune(code));
        Texts = TextsOf(parts);
    }

    /// <inheritdoc/>
    internal override TokenTexts Texts { get; }

    /// <inheritdoc/>
    private protected override TokenizerFiles Files() => throw new InvalidOperationException("A SentencePiece tokenizer is always read from files.");

    /// <inheritdoc/>
    private protected override void EncodeSegment(ReadOnlySpan<char> text, IBufferWriter<int> ids, TextPosition position)
    {
        if (parts.SpacesComeLast)
        {
            EncodeNormal(text, ids, position);
            return;
        }
        var rented = ArrayPool<char>.Shared.Rent(text.Length + 1);
        EncodeNormal(Spaced(text, rented, position), ids, position);
        ArrayPool<char>.Shared.Return(rented);
    }

    /// <inheritdoc/>
    private protected override void EncodeWords(ReadOnlySpan<char> text, IBufferWriter<int> ids, TextPosition position)
    {
        if (!parts.SpacesComeLast)
        {
            EncodeWords(text, ids);
            return;
        }
        var rented = ArrayPool<char>.Shared.Rent(text.Length + 1);
        EncodeWords(Spaced(text, rented, position), ids);
        ArrayPool<char>.Shared.Return(rented);
    }

    // U+2581 for spaces, and one in front where the text's place asks for it. Metaspace puts none in front of one that is there.
    private ReadOnlySpan<char> Spaced(ReadOnlySpan<char> text, Span<char> buffer, TextPosition position)
    {
        if (text.IsEmpty)
            return [];
        var prefixed = parts.Prefix switch
        {
            SpacePrefix.First => position == TextPosition.Beginning,
            SpacePrefix.EverySegment => position != TextPosition.Inside,
            _ => false,
        };
        if (parts.SpacesComeLast && (text[0] is ' ' or SentencePieceParts.Space))
            prefixed = false;
        buffer[0] = SentencePieceParts.Space;
        var start = prefixed ? 1 : 0;
        text.Replace(buffer.Slice(start, text.Length), ' ', SentencePieceParts.Space);
        return buffer[..(start + text.Length)];
    }

    private void EncodeWords(ReadOnlySpan<char> text, IBufferWriter<int> ids)
    {
        var unknown = false; // whether the last token stands for characters without one
        while (!text.IsEmpty)
        {
            var length = boundaries.Next(text);
            EncodeWord(text[..length], ids, ref unknown);
            text = text[length..];
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, IBufferWriter<int> ids, ref bool unknown)
    {
        if (cache.TryGet(word, out var known))
        {
            ids.Write(known);
            unknown = false;
            return;
        }
        var rented = word.Length <= StackLength ? null : ArrayPool<int>.Shared.Rent(word.Length);
        var tokens = rented ?? stackalloc int[StackLength];
        tokens = tokens[..Symbols(word, tokens)];
        tokens = tokens[..merges.Apply(tokens)];
        if (tokens.ContainsAnyInRange(int.MinValue, -1))
        {
            foreach (var token in tokens)
                Write(token, ids, ref unknown);
        }
        else
        {
            ids.Write(tokens);
            cache.Add(word, tokens);
            unknown = false;
        }
        if (rented is not null)
            ArrayPool<int>.Shared.Return(rented);
    }

    // Returns how many symbols there are, at the front of the span.
    private int Symbols(ReadOnlySpan<char> word, Span<int> tokens)
    {
        var count = 0;
        for (int at = 0, units; at < word.Length; at += units)
        {
            units = 1;
            if (!char.IsSurrogate(word[at]))
            {
                tokens[count++] = symbols[word[at]];
                continue;
            }
            Rune.DecodeFromUtf16(word[at..], out var rune, out units);
            tokens[count++] = parts.SymbolOf(rune);
        }
        return count;
    }

    // A run of characters without a token is one unknown token, or the bytes of each.
    private void Write(int symbol, IBufferWriter<int> ids, ref bool unknown)
    {
        if (symbol >= 0)
        {
            ids.Write([symbol]);
            unknown = false;
            return;
        }
        if (parts.Bytes is { } bytes)
        {
            Span<byte> utf8 = stackalloc byte[4];
            foreach (var value in utf8[..new Rune(-1 - symbol).EncodeToUtf8(utf8)])
                ids.Write([bytes[value]]);
            return;
        }
        if (!unknown)
            ids.Write([parts.Unknown]);
        unknown = true;
    }

    private static TokenTexts TextsOf(SentencePieceParts parts)
    {
        var added = parts.Added.ToDictionary(token => token.Id);
        var bytes = parts.Bytes?.Select((id, value) => (id, value)).ToDictionary(entry => entry.id, entry => (byte)entry.value) ?? [];
        var texts = new TokenTexts { FirstSpaceIsAdded = parts.FirstSpaceIsAdded, ReplacesEachByte = true };
        for (var id = 0; id < parts.Vocabulary.Count; id++)
        {
            if (bytes.TryGetValue(id, out var value))
                texts.Add([value], isSpecial: false);
            else if (added.TryGetValue(id, out var token))
                texts.Add(Encoding.UTF8.GetBytes(token.Content), token.Special);
            else
                texts.Add(Encoding.UTF8.GetBytes(parts.TextOf(id)), parts.IsControl(id));
        }
        return texts;
    }
}
