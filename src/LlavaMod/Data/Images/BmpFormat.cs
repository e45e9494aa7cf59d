using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace LlavaMod.Data.Images;

/// <summary>BMP, by our own code: with a palette, plain or run-length encoded, and with 16, 24 and 32 bits. Alpha is dropped.</summary>
[ImageFormat("bmp", Summary = "BMP of 1 to 32 bits, plain, RLE or with colour masks")]
internal sealed class BmpFormat : ImageFormat
{
    /// <inheritdoc/>
    public override string Name => "BMP";

    /// <inheritdoc/>
    public override bool Matches(ReadOnlySpan<byte> file) => file.StartsWith("BM"u8);

    /// <inheritdoc/>
    public override RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits limits, Func<int, byte[]> allocate)
    {
        var header = BmpHeader.Read(file, limits);
        return header.RunLength ? DecodeRuns(file, header, allocate) : DecodeRows(file, header, allocate);
    }

    private static RgbImage DecodeRows(ReadOnlySpan<byte> file, BmpHeader header, Func<int, byte[]> allocate)
    {
        var rows = file[header.PixelsAt..];
        long rowLength = (header.Width * (long)header.Bits + 7) / 8, needed = header.Stride * (header.Height - 1) + rowLength;
        if (needed > rows.Length)
            throw new BrokenImageException($"BMP, the file is cut short: its pixels need {needed:N0} bytes, and it has {rows.Length:N0}");
        var image = New(header, allocate);
        for (var y = 0; y < header.Height; y++)
        {
            var row = rows.Slice((int)(y * header.Stride), (int)rowLength);
            var target = Row(image, header, y);
            if (header.Bits <= 8)
                PaletteRow(row, header.Bits, header.Palette, target);
            else if (header.Bits == 24)
                BytesRow(row, target);
            else
                MasksRow(row, header, target);
        }
        return image;
    }

    private static RgbImage DecodeRuns(ReadOnlySpan<byte> file, BmpHeader header, Func<int, byte[]> allocate)
    {
        var count = header.Width * header.Height;
        var pooled = ArrayPool<byte>.Shared.Rent(count);
        try
        {
            var indices = pooled.AsSpan(0, count);
            indices.Clear();
            new BmpRuns(file[header.PixelsAt..], header.Bits == 4, indices, header.Width).Unpack();
            var image = New(header, allocate);
            for (var y = 0; y < header.Height; y++)
                PaletteRow(indices.Slice(y * header.Width, header.Width), 8, header.Palette, Row(image, header, y));
            return image;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pooled);
        }
    }

    private static RgbImage New(BmpHeader header, Func<int, byte[]> allocate) => new(header.Width, header.Height, allocate(header.Width * header.Height * 3));

    private static Span<byte> Row(RgbImage image, BmpHeader header, int y)
        => image.Pixels.AsSpan((header.TopDown ? y : image.Height - 1 - y) * image.Width * 3, image.Width * 3);

    private static void PaletteRow(ReadOnlySpan<byte> row, int bits, byte[] palette, Span<byte> target)
    {
        int perByte = 8 / bits, mask = (1 << bits) - 1;
        for (int x = 0, to = 0; to < target.Length; x++, to += 3)
        {
            var index = row[x / perByte] >> (8 - bits * (x % perByte + 1)) & mask; // high bits first
            palette.AsSpan(index * 3, 3).CopyTo(target.Slice(to, 3));
        }
    }

    private static void BytesRow(ReadOnlySpan<byte> row, Span<byte> target)
    {
        for (var at = 0; at < target.Length; at += 3)
            (target[at], target[at + 1], target[at + 2]) = (row[at + 2], row[at + 1], row[at]);
    }

    private static void MasksRow(ReadOnlySpan<byte> row, BmpHeader header, Span<byte> target)
    {
        for (int x = 0, at = 0; x < header.Width; x++)
        {
            var pixel = header.Bits == 16 ? BinaryPrimitives.ReadUInt16LittleEndian(row[(x * 2)..]) : BinaryPrimitives.ReadUInt32LittleEndian(row[(x * 4)..]);
            foreach (var mask in header.Masks)
                target[at++] = Level(pixel, mask);
        }
    }

    // 0 .. the mask's largest value becomes 0 .. 255, rounded down, as in Pillow.
    private static byte Level(uint pixel, uint mask)
    {
        if (mask == 0)
            return 0;
        var shift = BitOperations.TrailingZeroCount(mask);
        return (byte)((ulong)((pixel & mask) >> shift) * 255 / (mask >> shift));
    }
}
