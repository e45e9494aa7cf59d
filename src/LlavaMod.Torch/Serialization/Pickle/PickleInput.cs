using System.Buffers.Binary;
using System.Text;

namespace LlavaMod.Torch.Serialization.Pickle;

/// <summary>The bytes of a pickle, from the first to the last. Nothing is allocated for more bytes than are left.</summary>
internal sealed class PickleInput(string where, byte[] bytes)
{
    private const int MostLine = 256;

    private static readonly UTF8Encoding Text = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public int Position { get; private set; }

    public int Left => bytes.Length - Position;

    public byte Byte() => Next(1)[0];

    public long Int32() => BinaryPrimitives.ReadInt32LittleEndian(Next(4));

    public long UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Next(2));

    public long UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Next(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Next(8));

    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Next(8));

    /// <summary>A whole number of up to 8 bytes in two's complement.</summary>
    public long Long(int length)
    {
        if (length > 8) throw Bad($"a whole number of {length} bytes is longer than 8");
        var number = Next(length);
        if (length == 0) return 0;
        long value = (sbyte)number[^1];
        for (int i = length - 2; i >= 0; i--) value = value << 8 | number[i];
        return value;
    }

    /// <summary>Text of a length in bytes.</summary>
    public string String(ulong length)
    {
        if (length > (ulong)Left) throw Bad($"a text of {length} bytes is longer than the {Left} that are left");
        try
        {
            return Text.GetString(Next((int)length));
        }
        catch (DecoderFallbackException)
        {
            throw Bad("a text is not UTF-8");
        }
    }

    /// <summary>Text up to the end of its line.</summary>
    public string Line()
    {
        int length = bytes.AsSpan(Position, Math.Min(Left, MostLine + 1)).IndexOf((byte)'\n');
        if (length < 0) throw Bad($"a name does not end within {MostLine} bytes");
        string line = String((ulong)length);
        Position++;
        return line;
    }

    public InvalidDataException Bad(string why) => new($"{where}: {why}, at byte {Position} of its pickle");

    private ReadOnlySpan<byte> Next(int count)
    {
        if (count > Left) throw Bad("it is cut short");
        Position += count;
        return bytes.AsSpan(Position - count, count);
    }
}
