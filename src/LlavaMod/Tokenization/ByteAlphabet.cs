namespace LlavaMod.Tokenization;

/// <summary>
/// GPT-2's reversible spelling of bytes as printable characters: the visible Latin-1 characters stand for themselves, the other 68 bytes
/// for U+0100 onwards. Vocabulary files are written in it (a leading space reads as <c>Ġ</c>).
/// </summary>
internal static class ByteAlphabet
{
    private const int Size = 256 + 68;

    private static readonly char[] Chars = Spell();
    private static readonly short[] Bytes = Invert();

    public static char Char(byte value) => Chars[value];

    /// <summary>The byte that <paramref name="letter"/> stands for; false where it is not of the alphabet.</summary>
    public static bool TryByte(char letter, out byte value)
    {
        var found = letter < Size ? Bytes[letter] : -1;
        value = (byte)Math.Max(found, (short)0);
        return found >= 0;
    }

    /// <summary>Appends the bytes of a token as the vocabulary spells it; characters outside the alphabet give their own UTF-8.</summary>
    public static void AppendBytes(string token, List<byte> bytes)
    {
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in token.EnumerateRunes())
        {
            if (rune.IsBmp && TryByte((char)rune.Value, out var value))
                bytes.Add(value);
            else
                bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
        }
    }

    /// <summary>Bytes as a vocabulary spells them.</summary>
    public static string Spell(ReadOnlySpan<byte> bytes)
    {
        var text = new char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++)
            text[i] = Chars[bytes[i]];
        return new string(text);
    }

    private static char[] Spell()
    {
        var chars = new char[256];
        var next = (char)256;
        for (var value = 0; value < 256; value++)
            chars[value] = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)value : next++;
        return chars;
    }

    private static short[] Invert()
    {
        var bytes = new short[Size];
        Array.Fill(bytes, (short)-1);
        for (var value = 0; value < 256; value++)
            bytes[Chars[value]] = (short)value;
        return bytes;
    }
}
