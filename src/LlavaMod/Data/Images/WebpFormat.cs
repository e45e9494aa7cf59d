using System.Runtime.InteropServices;

namespace LlavaMod.Data.Images;

/// <summary>WebP, lossy and lossless, by libwebp; of an animation the first frame, on black where it leaves the canvas free, as in Pillow.</summary>
[ImageFormat("webp", Summary = "WebP, lossy and lossless, the first frame")]
internal sealed partial class WebpFormat : ImageFormat
{
    private const string LibraryFile = "libwebp.so.7";

    /// <inheritdoc/>
    public override string Name => "WebP";

    /// <inheritdoc/>
    public override SystemLibrary Library { get; } = new(LibraryFile, "libwebp7");

    /// <inheritdoc/>
    public override bool Matches(ReadOnlySpan<byte> file) => file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8);

    /// <inheritdoc/>
    public override RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits limits, Func<int, byte[]> allocate)
    {
        if (WebpHeader.IsAnimation(file))
            return DecodeFrame(file, WebpHeader.Read(file), limits, allocate);
        var (width, height) = Size(file);
        limits.CheckSize(width, height);
        var image = new RgbImage(width, height, allocate(width * height * 3));
        Decode(file, image.Pixels.AsSpan(0, width * height * 3), width * 3);
        return image;
    }

    private static RgbImage DecodeFrame(ReadOnlySpan<byte> file, WebpHeader header, ImageLimits limits, Func<int, byte[]> allocate)
    {
        limits.CheckSize(header.Width, header.Height);
        var frame = file[header.Frame];
        if (Size(frame) != (header.FrameWidth, header.FrameHeight))
            throw new BrokenImageException($"WebP, its first frame is not of {header.FrameWidth} x {header.FrameHeight} pixels, as its header says");
        var length = header.Width * header.Height * 3;
        var image = new RgbImage(header.Width, header.Height, allocate(length));
        if (Size(frame) != (header.Width, header.Height))
            image.Pixels.AsSpan(0, length).Clear();
        Decode(frame, image.Pixels.AsSpan(0, length)[((header.Top * header.Width + header.Left) * 3)..], header.Width * 3);
        return image;
    }

    private static unsafe (int Width, int Height) Size(ReadOnlySpan<byte> data)
    {
        int width, height;
        fixed (byte* source = data)
            return WebPGetInfo(source, (nuint)data.Length, &width, &height) != 0
                ? (width, height)
                : throw new BrokenImageException("WebP, its header is corrupt or cut short");
    }

    private static unsafe void Decode(ReadOnlySpan<byte> data, Span<byte> pixels, int stride)
    {
        fixed (byte* source = data, target = pixels)
            if (WebPDecodeRGBInto(source, (nuint)data.Length, target, (nuint)pixels.Length, stride) == null)
                throw new BrokenImageException("WebP, its data is corrupt or cut short");
    }

    [LibraryImport(LibraryFile)]
    private static unsafe partial int WebPGetInfo(byte* file, nuint size, int* width, int* height);

    [LibraryImport(LibraryFile)]
    private static unsafe partial byte* WebPDecodeRGBInto(byte* file, nuint size, byte* target, nuint targetSize, int stride);
}
