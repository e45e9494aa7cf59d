using System.Buffers.Binary;

namespace LlavaMod.Data.Images;

/// <summary>A GIF file up to the pixels of its first frame.</summary>
internal sealed record GifHeader
{
    private const int ScreenLength = 13, FrameLength = 9;
    private const byte Extension = (byte)'!', Frame = (byte)',', Trailer = (byte)';', GraphicControl = 0xF9;

    /// <summary>The canvas: the logical screen, or the frame where that reaches further.</summary>
    public int Width { get; private init; }

    /// <inheritdoc cref="Width"/>
    public int Height { get; private init; }

    /// <summary>Where on the canvas the frame lies.</summary>
    public int Left { get; private init; }

    /// <inheritdoc cref="Left"/>
    public int Top { get; private init; }

    public int FrameWidth { get; private init; }

    public int FrameHeight { get; private init; }

    /// <summary>Whether rows come in four passes: every 8th, the 8th between, the 4th between, the rest.</summary>
    public bool Interlaced { get; private init; }

    /// <summary>The index that stands for transparency, and for canvas that the frame leaves free; 0 where there is none.</summary>
    public int Background { get; private init; }

    /// <summary>256 colours, RGB; those that the file does not give are greys.</summary>
    public byte[] Palette { get; private init; } = [];

    /// <summary>Where the frame's compressed pixels start.</summary>
    public int PixelsAt { get; private init; }

    /// <exception cref="BrokenImageException">Cut short, without a frame, or over a limit.</exception>
    public static GifHeader Read(ReadOnlySpan<byte> file, ImageLimits limits)
    {
        var screen = Slice(file, 0, ScreenLength);
        int width = Short(screen, 6), height = Short(screen, 8), at = ScreenLength;
        limits.CheckSize(width, height);
        var palette = ReadPalette(file, screen[10], ref at);
        var background = SkipToFrame(file, ref at);

        var frame = Slice(file, at, FrameLength);
        at += FrameLength;
        int left = Short(frame, 0), top = Short(frame, 2), frameWidth = Short(frame, 4), frameHeight = Short(frame, 6);
        if (frameWidth == 0 || frameHeight == 0)
            throw new BrokenImageException($"GIF, its first frame has {frameWidth} x {frameHeight} pixels");
        (width, height) = (Math.Max(width, left + frameWidth), Math.Max(height, top + frameHeight));
        limits.CheckSize(width, height);
        return new GifHeader
        {
            Width = width,
            Height = height,
            Left = left,
            Top = top,
            FrameWidth = frameWidth,
            FrameHeight = frameHeight,
            Interlaced = (frame[8] & 0x40) != 0,
            Background = background,
            Palette = ReadPalette(file, frame[8], ref at) ?? palette ?? Greys(),
            PixelsAt = at,
        };
    }

    // Past all extensions to the frame's descriptor; on the way, the transparent index, or 0. Stray bytes are passed over, as in Pillow.
    private static int SkipToFrame(ReadOnlySpan<byte> file, ref int at)
    {
        var transparent = 0;
        while (at < file.Length && file[at] != Trailer)
        {
            var block = file[at++];
            if (block == Frame)
                return transparent;
            if (block == Extension)
                transparent = SkipExtension(file, ref at) ?? transparent;
        }
        throw new BrokenImageException("GIF, it ends before its first frame");
    }

    private static int? SkipExtension(ReadOnlySpan<byte> file, ref int at)
    {
        var kind = Slice(file, at++, 1)[0];
        int? transparent = null;
        for (int length; (length = Slice(file, at++, 1)[0]) != 0; at += length)
        {
            var data = Slice(file, at, length);
            if (kind == GraphicControl && length >= 4 && (data[0] & 1) != 0)
                transparent = data[3];
        }
        return transparent;
    }

    // The colours that follow where the flags say so; null otherwise.
    private static byte[]? ReadPalette(ReadOnlySpan<byte> file, byte flags, ref int at)
    {
        if ((flags & 0x80) == 0)
            return null;
        var length = 3 << ((flags & 7) + 1);
        var palette = Greys();
        Slice(file, at, length).CopyTo(palette);
        at += length;
        return palette;
    }

    private static byte[] Greys() => [.. Enumerable.Range(0, 256 * 3).Select(i => (byte)(i / 3))];

    private static int Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> file, int at, int length) => at <= file.Length - length
        ? file.Slice(at, length)
        : throw new BrokenImageException("GIF, the file is cut short");
}
