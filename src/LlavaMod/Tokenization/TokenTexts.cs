using System.Buffers;

namespace LlavaMod.Tokenization;

/// <summary>What each token contributes to decoded text: its bytes, those of all tokens in one array.</summary>
internal sealed class TokenTexts
{
    private readonly ArrayBufferWriter<byte> bytes = new(1 << 12);
    private readonly List<int> ends = [];
    private readonly HashSet<int> special = [];

    /// <summary>Whether a space at the very beginning of a text is one that encoding put there.</summary>
    public bool FirstSpaceIsAdded { get; init; }

    /// <summary>Whether every single byte that is not UTF-8 becomes a U+FFFD, not every sequence that is cut short.</summary>
    public bool ReplacesEachByte { get; init; }

    /// <summary>The number of tokens.</summary>
    public int Count => ends.Count;

    /// <summary>Adds the next token.</summary>
    public void Add(ReadOnlySpan<byte> text, bool isSpecial)
    {
        bytes.Write(text);
        if (isSpecial)
            special.Add(ends.Count);
        ends.Add(bytes.WrittenCount);
    }

    /// <summary>The bytes of a token.</summary>
    public ReadOnlySpan<byte> Of(int id) => bytes.WrittenSpan[(id == 0 ? 0 : ends[id - 1])..ends[id]];

    /// <summary>Whether a token controls the model, so that decoding can leave it out.</summary>
    public bool IsSpecial(int id) => special.Contains(id);
}
