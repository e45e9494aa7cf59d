using System.Buffers.Binary;

namespace LlavaMod.Fuzz.Mutations;

/// <summary>Numbers at which readers break: around powers of two, signs, and what overflows when it is multiplied.</summary>
internal static class Integers
{
    private static readonly long[] Interesting =
    [
        0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 63, 64, 100, 127, 128, 255, 256, 257, 511, 512, 1000, 1023, 1024, 4095, 4096, 16383, 16384, 32767,
        32768, 65534, 65535, 65536, 100_000, 1 << 20, 0xFFFFFF, 0x1000000, int.MaxValue - 1, int.MaxValue, 0x80000000L, uint.MaxValue - 1, uint.MaxValue,
        0x100000000L, 1L << 40, 1L << 61, long.MaxValue / 2, long.MaxValue - 1, long.MaxValue, long.MinValue, long.MinValue + 1, -1, -2, -8, -128, -32768,
    ];

    /// <summary>Numbers as texts write them, those that no integer type holds among them.</summary>
    private static readonly string[] Odd =
    [
        "1e400", "-1e400", "1e-400", "0.5", "-0.0", "1e3", "1e9", "99999999999999999999", "18446744073709551615", "-9223372036854775809", "NaN", "Infinity",
        "0x10", "007", "1.0", "2147483648", "3000000000", "1_000",
    ];

    public static long Next(Random random) => Interesting[random.Next(Interesting.Length)] + (random.Next(4) == 0 ? random.Next(-2, 3) : 0);

    public static string NextText(Random random) => random.Next(3) == 0 ? Odd[random.Next(Odd.Length)] : $"{Next(random)}";

    /// <summary>Writes a number of 1, 2, 4 or 8 bytes, low or high byte first.</summary>
    public static void Write(Span<byte> at, int width, bool bigEndian, long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        if (bigEndian)
            BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        (bigEndian ? bytes[^width..] : bytes[..width]).CopyTo(at);
    }
}
