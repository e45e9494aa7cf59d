namespace LlavaMod.Data.Images;

/// <summary>
/// PNG by libpng's simplified interface. libpng sees none but the chunks that make the pixels, so it converts no colours: that is what
/// Pillow does, and the pixels are Pillow's, too, where the file has 16 bits a channel: greys over 255 are white, colours keep their high
/// byte (rounded, where there is an alpha channel).
/// </summary>
internal sealed class PngFormat : ImageFormat
{
    private const byte Grey = 0;

    /// <inheritdoc/>
    public override string Name => "PNG";

    /// <inheritdoc/>
    public override string LibraryFile => PngImage.Library;

    /// <inheritdoc/>
    public override string Package => "libpng16-16";

    /// <inheritdoc/>
    public override bool Matches(ReadOnlySpan<byte> file) => file.StartsWith(PngChunks.Signature);

    /// <inheritdoc/>
    public override RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits limits)
    {
        var chunks = PngChunks.Read(file, limits);
        var pixels = chunks switch
        {
            { HasAlpha: true } => DropAlpha(Decode<byte>(chunks, PngImage.Rgba, 4)),
            { Depth: 16, ColourType: Grey } => [.. Decode<ushort>(chunks, PngImage.Linear | PngImage.Rgb, 3).Select(grey => (byte)Math.Min(grey, (ushort)255))],
            { Depth: 16 } => [.. Decode<ushort>(chunks, PngImage.Linear | PngImage.Rgb, 3).Select(colour => (byte)(colour >> 8))],
            _ => Decode<byte>(chunks, PngImage.Rgb, 3),
        };
        return new RgbImage(chunks.Width, chunks.Height, pixels);
    }

    private static unsafe T[] Decode<T>(PngChunks chunks, uint format, int channels)
        where T : unmanaged
    {
        var image = new PngImage { Version = PngImage.CurrentVersion };
        fixed (byte* source = chunks.Pixels.Span)
        {
            try
            {
                if (PngImage.png_image_begin_read_from_memory(&image, source, (nuint)chunks.Pixels.Length) == 0)
                    throw new BrokenImageException($"PNG, {image.Reason}");
                image.Format = format;
                if (chunks.HasAlpha)
                    image.Flags |= PngImage.Assume16BitSrgb; // else 16-bit values are taken for linear light, and converted
                var pixels = new T[(long)chunks.Width * chunks.Height * channels];
                fixed (T* target = pixels)
                    if (PngImage.png_image_finish_read(&image, null, target, 0, null) == 0)
                        throw new BrokenImageException($"PNG, {image.Reason}");
                return pixels;
            }
            finally
            {
                PngImage.png_image_free(&image);
            }
        }
    }

    private static byte[] DropAlpha(byte[] rgba)
    {
        var pixels = new byte[rgba.Length / 4 * 3];
        for (int from = 0, to = 0; from < rgba.Length; from += 4, to += 3)
            (pixels[to], pixels[to + 1], pixels[to + 2]) = (rgba[from], rgba[from + 1], rgba[from + 2]);
        return pixels;
    }
}
