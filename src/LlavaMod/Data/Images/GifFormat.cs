using System.Buffers;

namespace LlavaMod.Data.Images;

/// <summary>
/// The first frame of a GIF, by our own code: what a library would take over is one loop, which is safer over hostile files in managed
/// code. Transparent pixels show the colour of their index, and canvas outside of the frame is transparent, or has colour 0: Pillow's RGB.
/// </summary>
[ImageFormat("gif", Summary = "GIF, the first frame")]
internal sealed class GifFormat : ImageFormat
{
    // First row and step of each pass.
    private static readonly (int First, int Step)[] Passes = [(0, 8), (4, 8), (2, 4), (1, 2)];

    /// <inheritdoc/>
    public override string Name => "GIF";

    /// <inheritdoc/>
    public override bool Matches(ReadOnlySpan<byte> file) => file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8);

    /// <inheritdoc/>
    public override RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits limits, Func<int, byte[]> allocate)
    {
        var header = GifHeader.Read(file, limits);
        var codes = new GifCodes(file, header.PixelsAt);
        var count = header.FrameWidth * header.FrameHeight;
        if (!codes.MayHold(count))
            throw new BrokenImageException($"GIF, the file is cut short: its first frame has {count:N0} pixels");
        var indices = ArrayPool<byte>.Shared.Rent(count);
        try
        {
            codes.Unpack(indices.AsSpan(0, count));
            var image = new RgbImage(header.Width, header.Height, allocate(header.Width * header.Height * 3));
            Draw(header, indices, image);
            return image;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(indices);
        }
    }

    private static void Draw(GifHeader header, ReadOnlySpan<byte> indices, RgbImage image)
    {
        var canvas = image.Pixels.AsSpan(0, image.Width * image.Height * 3);
        var background = header.Palette.AsSpan(header.Background * 3, 3);
        if (header.FrameWidth < image.Width || header.FrameHeight < image.Height)
            for (var at = 0; at < canvas.Length; at += 3)
                background.CopyTo(canvas[at..]);

        foreach (var (first, step) in header.Interlaced ? Passes : [(0, 1)])
            for (var y = first; y < header.FrameHeight; y += step)
            {
                DrawRow(indices[..header.FrameWidth], header.Palette, canvas[(((header.Top + y) * image.Width + header.Left) * 3)..]);
                indices = indices[header.FrameWidth..];
            }
    }

    private static void DrawRow(ReadOnlySpan<byte> indices, byte[] palette, Span<byte> row)
    {
        for (var x = 0; x < indices.Length; x++)
            palette.AsSpan(indices[x] * 3, 3).CopyTo(row.Slice(x * 3, 3));
    }
}
