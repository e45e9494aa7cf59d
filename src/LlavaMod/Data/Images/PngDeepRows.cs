using System.IO.Compression;

namespace LlavaMod.Data.Images;

/// <summary>
/// The 16-bit pixels of a PNG as Pillow cuts them to 8 bits: greys over 255 are white, all else keeps its high byte. libpng would round or,
/// beside alpha, blend. Rows are inflated one at a time, unfiltered (PNG specification, 9) and, of an interlaced file, spread over the seven
/// passes of Adam7 (8.2).
/// </summary>
internal static class PngDeepRows
{
    // First column and row, steps between columns and rows.
    private static readonly (int X, int Y, int Across, int Down)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Decodes into <paramref name="pixels"/> [height, width, 3].</summary>
    /// <exception cref="BrokenImageException">The compressed pixels are corrupt, or end early.</exception>
    public static void Decode(PngChunks chunks, Span<byte> pixels)
    {
        using var stream = new ZLibStream(chunks.OpenPixels(), CompressionMode.Decompress);
        try
        {
            foreach (var (x, y, across, down) in chunks.Interlaced ? Passes : [(0, 0, 1, 1)])
                if (x < chunks.Width && y < chunks.Height)
                    DecodePass(stream, chunks, pixels, x, y, across, down);
            if (stream.ReadByte() != -1) // reading on to the end also compares the checksum
                throw new BrokenImageException("PNG, it has more pixels than its header says");
        }
        catch (Exception e) when (e is InvalidDataException or IOException) // too few pixels, and ZLibException, are of the latter
        {
            throw new BrokenImageException($"PNG, its pixels are corrupt or cut short ({e.Message})");
        }
    }

    private static void DecodePass(Stream stream, PngChunks chunks, Span<byte> pixels, int left, int top, int across, int down)
    {
        var size = chunks.Channels * 2;
        var length = (chunks.Width - left + across - 1) / across * size;
        byte[] row = new byte[1 + length], above = new byte[1 + length]; // each with its filter in front
        for (var y = top; y < chunks.Height; y += down)
        {
            stream.ReadExactly(row);
            Unfilter(row[0], row.AsSpan(1), above.AsSpan(1), size);
            var target = pixels[((y * chunks.Width + left) * 3)..];
            for (int at = 1, to = 0; at <= length; at += size, to += across * 3)
                Cut(row.AsSpan(at, size), target[to..]);
            (row, above) = (above, row);
        }
    }

    private static void Cut(ReadOnlySpan<byte> pixel, Span<byte> target)
    {
        if (pixel.Length >= 6)
            (target[0], target[1], target[2]) = (pixel[0], pixel[2], pixel[4]);
        else if (pixel.Length == 4)
            target[..3].Fill(pixel[0]);
        else
            target[..3].Fill(pixel[0] == 0 ? pixel[1] : byte.MaxValue);
    }

    // Adds to each byte what its filter predicts from the bytes to the left (a), above (b) and above left (c).
    private static void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int size)
    {
        for (var i = 0; i < row.Length; i++)
        {
            int a = i < size ? 0 : row[i - size], b = above[i], c = i < size ? 0 : above[i - size];
            row[i] += (byte)(filter switch
            {
                0 => 0,
                1 => a,
                2 => b,
                3 => (a + b) / 2,
                4 => Paeth(a, b, c),
                _ => throw new BrokenImageException($"PNG, a row has the unknown filter {filter}"),
            });
        }
    }

    private static int Paeth(int a, int b, int c)
    {
        int estimate = a + b - c, left = Math.Abs(estimate - a), up = Math.Abs(estimate - b), diagonal = Math.Abs(estimate - c);
        return left <= up && left <= diagonal ? a : up <= diagonal ? b : c;
    }
}
