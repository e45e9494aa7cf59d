using System.Buffers.Binary;

namespace LlavaMod.Data.Images;

/// <summary>How the pixels of a BMP file are stored, from the headers of OS/2 1 (12 bytes) and 2 (64) and Windows 3 to 5 (40 to 124).</summary>
internal sealed record BmpHeader
{
    private const int FileHeaderLength = 14, CoreLength = 12, WindowsLength = 40;
    private const int BitfieldsCompression = 3, MaxColours = 256;

    private static readonly int[] Lengths = [CoreLength, WindowsLength, 52, 56, 64, 108, 124];

    public int Width { get; private init; }

    public int Height { get; private init; }

    /// <summary>Whether the first row is the top one.</summary>
    public bool TopDown { get; private init; }

    /// <summary>Bits a pixel: 1, 4, 8, 16, 24 or 32.</summary>
    public int Bits { get; private init; }

    /// <summary>Whether pixels are run-length encoded; else rows are plain, each filled up to four bytes.</summary>
    public bool RunLength { get; private init; }

    /// <summary>The bits of red, green and blue in a pixel of 16 or 32 bits.</summary>
    public uint[] Masks { get; private init; } = [];

    /// <summary>256 colours, RGB, of pixels of up to 8 bits; those that the file does not give are greys.</summary>
    public byte[] Palette { get; private init; } = [];

    /// <summary>Where the pixels start.</summary>
    public int PixelsAt { get; private init; }

    /// <summary>Bytes from one plain row to the next.</summary>
    public long Stride => (Width * (long)Bits + 31) / 32 * 4;

    /// <exception cref="BrokenImageException">Cut short, over a limit, or of a kind that is not read.</exception>
    public static BmpHeader Read(ReadOnlySpan<byte> file, ImageLimits limits)
    {
        var length = Int(file, FileHeaderLength);
        if (!Lengths.Contains(length))
            throw new BrokenImageException($"BMP, its header has {length} bytes");
        var core = length == CoreLength;
        long width = core ? Short(file, 18) : Int(file, 18), height = core ? Short(file, 20) : Int(file, 22);
        limits.CheckSize(width, Math.Abs(height));
        int bits = Short(file, core ? 24 : 28), compression = core ? 0 : Int(file, 30);
        CheckKind(bits, compression, length);

        var masks = compression == BitfieldsCompression ? ReadMasks(file) : bits == 16 ? [0x7C00, 0x03E0, 0x001F] : PlainMasks();
        var paletteAt = FileHeaderLength + length + (length == WindowsLength && compression == BitfieldsCompression ? 12 : 0);
        var (palette, paletteEnd) = bits > 8 ? ([], paletteAt) : ReadPalette(file, paletteAt, core ? 3 : 4, core ? 0 : Int(file, 46), bits);
        // Some files say that the pixels start where the palette does.
        var pixelsAt = Int(file, 10) is var offset && (offset == 0 || offset == paletteAt) ? paletteEnd : offset;
        if (pixelsAt < FileHeaderLength || pixelsAt > file.Length)
            throw new BrokenImageException($"BMP, its pixels start at byte {pixelsAt:N0} of {file.Length:N0}");
        return new BmpHeader
        {
            Width = (int)width,
            Height = (int)Math.Abs(height),
            TopDown = height < 0,
            Bits = bits,
            RunLength = compression is 1 or 2,
            Masks = masks,
            Palette = palette,
            PixelsAt = pixelsAt,
        };
    }

    private static void CheckKind(int bits, int compression, int headerLength)
    {
        if (bits is not (1 or 4 or 8 or 16 or 24 or 32))
            throw new BrokenImageException($"BMP, its pixels have {bits} bits");
        var known = compression switch
        {
            0 => true,
            1 => bits == 8,
            2 => bits == 4,
            BitfieldsCompression => bits is 16 or 32 && headerLength != 64, // for OS/2 2 the number means something else
            _ => false,
        };
        if (!known)
            throw new BrokenImageException($"BMP, its compression, {compression} with {bits} bits a pixel, is not supported");
    }

    private static uint[] PlainMasks() => [0xFF0000, 0x00FF00, 0x0000FF];

    private static uint[] ReadMasks(ReadOnlySpan<byte> file)
    {
        uint[] masks = [(uint)Int(file, 54), (uint)Int(file, 58), (uint)Int(file, 62)];
        if (masks.All(mask => mask == 0))
            return PlainMasks();
        // One stretch of bits each, and not those of another.
        foreach (var mask in masks)
        {
            var shifted = mask == 0 ? 0 : mask >> System.Numerics.BitOperations.TrailingZeroCount(mask);
            if ((shifted & (shifted + 1L)) != 0)
                throw new BrokenImageException($"BMP, its colour masks are {string.Join(", ", masks.Select(value => value.ToString("X8")))}");
        }
        return masks;
    }

    private static (byte[] Palette, int End) ReadPalette(ReadOnlySpan<byte> file, int at, int entryLength, int colours, int bits)
    {
        var count = Math.Min(colours == 0 ? 1 << bits : (uint)colours, MaxColours);
        byte[] palette = [.. Enumerable.Range(0, MaxColours * 3).Select(i => (byte)(i / 3))];
        for (var i = 0; i < count; i++)
        {
            var entry = Slice(file, at + i * entryLength, 3); // blue, green, red
            (palette[i * 3], palette[i * 3 + 1], palette[i * 3 + 2]) = (entry[2], entry[1], entry[0]);
        }
        return (palette, at + (int)count * entryLength);
    }

    private static int Int(ReadOnlySpan<byte> file, int at) => BinaryPrimitives.ReadInt32LittleEndian(Slice(file, at, 4));

    private static int Short(ReadOnlySpan<byte> file, int at) => BinaryPrimitives.ReadUInt16LittleEndian(Slice(file, at, 2));

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> file, int at, int length) => at <= file.Length - length
        ? file.Slice(at, length)
        : throw new BrokenImageException("BMP, the file is cut short");
}
