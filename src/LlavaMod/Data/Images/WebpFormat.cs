using System.Runtime.InteropServices;

namespace LlavaMod.Data.Images;

/// <summary>WebP, lossy and lossless, by libwebp. Animations are refused.</summary>
internal sealed partial class WebpFormat : ImageFormat
{
    private const string Library = "libwebp.so.7";
    private const int FlagsAt = 20, AnimationFlag = 2;

    /// <inheritdoc/>
    public override string Name => "WebP";

    /// <inheritdoc/>
    public override string LibraryFile => Library;

    /// <inheritdoc/>
    public override string Package => "libwebp7";

    /// <inheritdoc/>
    public override bool Matches(ReadOnlySpan<byte> file) => file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8);

    /// <inheritdoc/>
    public override unsafe RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits limits)
    {
        if (file.Length > FlagsAt && file[12..].StartsWith("VP8X"u8) && (file[FlagsAt] & AnimationFlag) != 0)
            throw new BrokenImageException("its format, animated WebP, is not read; convert one of its frames to PNG, JPEG or WebP");
        fixed (byte* source = file)
        {
            int width, height;
            if (WebPGetInfo(source, (nuint)file.Length, &width, &height) == 0)
                throw new BrokenImageException("WebP, its header is corrupt or cut short");
            limits.CheckSize(width, height);
            var pixels = new byte[width * height * 3];
            fixed (byte* target = pixels)
                if (WebPDecodeRGBInto(source, (nuint)file.Length, target, (nuint)pixels.Length, width * 3) == null)
                    throw new BrokenImageException("WebP, its data is corrupt or cut short");
            return new RgbImage(width, height, pixels);
        }
    }

    [LibraryImport(Library)]
    private static unsafe partial int WebPGetInfo(byte* file, nuint size, int* width, int* height);

    [LibraryImport(Library)]
    private static unsafe partial byte* WebPDecodeRGBInto(byte* file, nuint size, byte* target, nuint targetSize, int stride);
}
