using System.Runtime.InteropServices;
using LlavaMod.Fuzz.Kinds;

namespace LlavaMod.Fuzz.Targets;

/// <summary>WebP, lossy and lossless, with and without alpha, animated.</summary>
[FuzzTarget("webp", Summary = "WebP pictures")]
public sealed unsafe partial class WebpTarget : ImageTarget
{
    private const string Library = "libwebp.so.7";
    private const int Width = 17, Height = 11;

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        var (rgb, rgba) = (Pixels(Width, Height, 3), Pixels(Width, Height, 4));
        fixed (byte* colours = rgb, withAlpha = rgba)
        {
            byte* file;
            var lossy = Taken(WebPEncodeRGB(colours, Width, Height, Width * 3, 50, &file), file);
            var lossyAlpha = Taken(WebPEncodeRGBA(withAlpha, Width, Height, Width * 4, 50, &file), file);
            var lossless = Taken(WebPEncodeLosslessRGB(colours, Width, Height, Width * 3, &file), file);
            var losslessAlpha = Taken(WebPEncodeLosslessRGBA(withAlpha, Width, Height, Width * 4, &file), file);
            return
            [
                new Specimen("lossy.webp", lossy), new Specimen("lossy-alpha.webp", lossyAlpha), new Specimen("lossless.webp", lossless),
                new Specimen("lossless-alpha.webp", losslessAlpha), new Specimen("animated.webp", Animated(lossless)),
            ];
        }
    }

    // A frame on a canvas that is a little larger: 24-bit numbers, places in steps of two pixels, sizes less one.
    private static byte[] Animated(byte[] still)
    {
        byte[] place = [1, 0, 0, 1, 0, 0, Width - 1, 0, 0, Height - 1, 0, 0, 100, 0, 0, 0];
        return WebpKind.Join(
        [
            ("VP8X", [2, 0, 0, 0, Width + 3, 0, 0, Height + 3, 0, 0]), ("ANIM", new byte[6]), ("ANMF", [.. place, .. still.AsSpan(12)]),
        ]);
    }

    private static byte[] Taken(nuint size, byte* file)
    {
        var bytes = new ReadOnlySpan<byte>(file, (int)size).ToArray();
        WebPFree(file);
        return bytes;
    }

    [LibraryImport(Library)]
    private static partial nuint WebPEncodeRGB(byte* pixels, int width, int height, int stride, float quality, byte** file);

    [LibraryImport(Library)]
    private static partial nuint WebPEncodeRGBA(byte* pixels, int width, int height, int stride, float quality, byte** file);

    [LibraryImport(Library)]
    private static partial nuint WebPEncodeLosslessRGB(byte* pixels, int width, int height, int stride, byte** file);

    [LibraryImport(Library)]
    private static partial nuint WebPEncodeLosslessRGBA(byte* pixels, int width, int height, int stride, byte** file);

    [LibraryImport(Library)]
    private static partial void WebPFree(byte* file);
}
