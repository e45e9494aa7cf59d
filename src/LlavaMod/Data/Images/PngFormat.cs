using System.Buffers;

namespace LlavaMod.Data.Images;

/// <summary>
/// PNG by libpng's simplified interface; 16-bit pixels, which that would convert, by <see cref="PngDeepRows"/>. libpng sees none but the
/// chunks that make the pixels, so it converts no colours and draws no animation: the pixels are Pillow's.
/// </summary>
[ImageFormat("png", Summary = "PNG of 1 to 16 bits, with palette or alpha; of an animation the first frame")]
internal sealed class PngFormat : ImageFormat
{
    /// <inheritdoc/>
    public override string Name => "PNG";

    /// <inheritdoc/>
    public override SystemLibrary Library { get; } = new(PngImage.Library, "libpng16-16");

    /// <inheritdoc/>
    public override bool Matches(ReadOnlySpan<byte> file) => file.StartsWith(PngChunks.Signature);

    /// <inheritdoc/>
    public override RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits limits, Func<int, byte[]> allocate)
    {
        using var chunks = PngChunks.Read(file, limits);
        var length = chunks.Width * chunks.Height * 3;
        var image = new RgbImage(chunks.Width, chunks.Height, allocate(length));
        var pixels = image.Pixels.AsSpan(0, length);
        if (chunks is { Depth: 16, ColourType: 0 or 2 or 4 or 6 })
            PngDeepRows.Decode(chunks, pixels);
        else if (chunks.HasAlpha)
            DecodeWithAlpha(chunks, pixels);
        else
            Decode(chunks, PngImage.Rgb, pixels);
        return image;
    }

    private static void DecodeWithAlpha(PngChunks chunks, Span<byte> pixels)
    {
        var pooled = ArrayPool<byte>.Shared.Rent(pixels.Length / 3 * 4);
        try
        {
            var rgba = pooled.AsSpan(0, pixels.Length / 3 * 4);
            Decode(chunks, PngImage.Rgba, rgba);
            for (int from = 0, to = 0; to < pixels.Length; from += 4, to += 3)
                (pixels[to], pixels[to + 1], pixels[to + 2]) = (rgba[from], rgba[from + 1], rgba[from + 2]);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pooled);
        }
    }

    private static unsafe void Decode(PngChunks chunks, uint format, Span<byte> pixels)
    {
        var image = new PngImage { Version = PngImage.CurrentVersion };
        fixed (byte* source = chunks.File, target = pixels)
        {
            try
            {
                if (PngImage.png_image_begin_read_from_memory(&image, source, (nuint)chunks.File.Length) == 0)
                    throw new BrokenImageException($"PNG, {image.Reason}");
                image.Format = format;
                if (PngImage.png_image_finish_read(&image, null, target, 0, null) == 0)
                    throw new BrokenImageException($"PNG, {image.Reason}");
            }
            finally
            {
                PngImage.png_image_free(&image);
            }
        }
    }
}
