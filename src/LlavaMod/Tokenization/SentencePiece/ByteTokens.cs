using System.Globalization;

namespace LlavaMod.Tokenization.SentencePiece;

/// <summary>The tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, which spell what has no token of its own.</summary>
internal static class ByteTokens
{
    /// <summary>The id of each byte's token; null where one is missing.</summary>
    public static int[]? Find(Vocabulary vocabulary)
    {
        var ids = new int[256];
        for (var value = 0; value < 256; value++)
            ids[value] = vocabulary.IdOf(Spell((byte)value));
        return ids.Contains(-1) ? null : ids;
    }

    /// <summary>The token of a byte.</summary>
    public static string Spell(byte value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");
}
