using System.Buffers;
using System.Text;

namespace LlavaMod.Tokenization;

/// <summary>
/// Decodes token by token, as an answer is generated. Only whole characters come out: the bytes of one that is not complete yet are held back
/// until it is, or until <see cref="Flush()"/> gives them up. All that comes out together is what <see cref="Tokenizer.Decode"/> gives.
/// </summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="skipSpecial">Whether to leave special tokens out.</param>
public sealed class StreamingDecoder(Tokenizer tokenizer, bool skipSpecial = false)
{
    private const int MostHeld = 3; // a character has at most four bytes

    private readonly TokenTexts texts = tokenizer.Texts;
    private readonly byte[] held = new byte[MostHeld];
    private int heldCount;
    private bool started;

    /// <summary>Takes a token; returns the characters that are complete with it, often none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public string Append(int id)
    {
        var text = new ArrayBufferWriter<char>();
        Append(id, text);
        return new string(text.WrittenSpan);
    }

    /// <summary>Takes a token; writes the characters that are complete with it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public void Append(int id, IBufferWriter<char> text)
    {
        if ((uint)id >= (uint)texts.Count)
            throw new ArgumentOutOfRangeException(nameof(id), id, $"Token ids are 0 to {texts.Count - 1}.");
        if (skipSpecial && texts.IsSpecial(id))
            return;
        var bytes = texts.Of(id);
        while (heldCount > 0 && !bytes.IsEmpty)
            bytes = CompleteHeld(bytes, text);
        WriteWhole(bytes, text);
    }

    /// <summary>Ends the text; returns what was held back, as U+FFFD.</summary>
    public string Flush()
    {
        var text = new ArrayBufferWriter<char>();
        Flush(text);
        return new string(text.WrittenSpan);
    }

    /// <summary>Ends the text; writes what was held back, as U+FFFD.</summary>
    public void Flush(IBufferWriter<char> text)
    {
        var rest = held.AsSpan(0, heldCount);
        while (!rest.IsEmpty)
        {
            Rune.DecodeFromUtf8(rest, out _, out var consumed);
            Write(Rune.ReplacementChar, text);
            rest = rest[(texts.ReplacesEachByte ? 1 : consumed)..];
        }
        heldCount = 0;
    }

    // Joins the bytes that are held with the next ones up to the end of one character; returns the bytes behind it.
    private ReadOnlySpan<byte> CompleteHeld(ReadOnlySpan<byte> bytes, IBufferWriter<char> text)
    {
        Span<byte> joined = stackalloc byte[MostHeld + 1];
        held.AsSpan(0, heldCount).CopyTo(joined);
        var taken = Math.Min(joined.Length - heldCount, bytes.Length);
        bytes[..taken].CopyTo(joined[heldCount..]);
        joined = joined[..(heldCount + taken)];
        var status = Rune.DecodeFromUtf8(joined, out var rune, out var consumed);
        if (status == OperationStatus.NeedMoreData)
        {
            joined.CopyTo(held);
            heldCount = joined.Length;
            return [];
        }
        if (status == OperationStatus.InvalidData && texts.ReplacesEachByte)
            consumed = 1;
        Write(rune, text);
        if (consumed >= heldCount)
        {
            bytes = bytes[(consumed - heldCount)..];
            heldCount = 0;
        }
        else
        {
            held.AsSpan(consumed, heldCount - consumed).CopyTo(held);
            heldCount -= consumed;
        }
        return bytes;
    }

    private void WriteWhole(ReadOnlySpan<byte> bytes, IBufferWriter<char> text)
    {
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var consumed);
            if (status == OperationStatus.NeedMoreData)
            {
                bytes.CopyTo(held);
                heldCount = bytes.Length;
                return;
            }
            Write(rune, text);
            bytes = bytes[(status == OperationStatus.InvalidData && texts.ReplacesEachByte ? 1 : consumed)..];
        }
    }

    private void Write(Rune rune, IBufferWriter<char> text)
    {
        var leftOut = !started && texts.FirstSpaceIsAdded && rune.Value == ' ';
        started = true;
        if (!leftOut)
            text.Advance(rune.EncodeToUtf16(text.GetSpan(2)));
    }
}
