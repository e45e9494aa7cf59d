namespace LlavaMod.Data.Images;

/// <summary>The checksum of .zip files (ISO 3309, reflected polynomial EDB88320), which the runtime does not check when it reads them.</summary>
internal static class Crc32
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(value => Enumerable.Range(0, 8).Aggregate((uint)value, Shift))];

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
            crc = Table[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint Shift(uint crc, int bit) => (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
}
