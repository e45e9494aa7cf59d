using System.Runtime.InteropServices;

namespace LlavaMod.Fuzz.Targets;

/// <summary>JPEG: grey, three colours with every sampling, four colours; baseline and progressive.</summary>
[FuzzTarget("jpeg", Summary = "JPEG pictures")]
public sealed unsafe partial class JpegTarget : ImageTarget
{
    private const string Library = "libturbojpeg.so.0";
    private const int Width = 19, Height = 13, Quality = 60;
    private const int Rgb = 0, Grey = 6, Cmyk = 11;
    private const int FullSampling = 0, HalfSampling = 1, QuarterSampling = 2, GreySampling = 3;
    private const int Progressive = 1 << 14;

    // Format of the pixels, channels, sampling of the colours, flags.
    private static readonly (int Format, int Channels, int Sampling, int Flags)[] Forms =
    [
        (Rgb, 3, FullSampling, 0), (Rgb, 3, HalfSampling, 0), (Rgb, 3, QuarterSampling, 0), (Rgb, 3, QuarterSampling, Progressive), (Grey, 1, GreySampling, 0),
        (Grey, 1, GreySampling, Progressive), (Cmyk, 4, FullSampling, 0), (Cmyk, 4, QuarterSampling, Progressive),
    ];

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        foreach (var (format, channels, sampling, flags) in Forms)
            yield return new Specimen($"form{format}-{sampling}-{flags}.jpg", Compress(Pixels(Width, Height, channels), format, sampling, flags));
    }

    private static byte[] Compress(byte[] pixels, int format, int sampling, int flags)
    {
        var encoder = tjInitCompress();
        byte* file = null;
        try
        {
            nuint size = 0;
            fixed (byte* source = pixels)
                if (tjCompress2(encoder, source, Width, 0, Height, format, &file, &size, sampling, Quality, flags) != 0)
                    throw new InvalidOperationException("libturbojpeg could not encode a picture.");
            return new ReadOnlySpan<byte>(file, (int)size).ToArray();
        }
        finally
        {
            tjFree(file);
            _ = tjDestroy(encoder);
        }
    }

    [LibraryImport(Library)]
    private static partial nint tjInitCompress();

    [LibraryImport(Library)]
    private static partial int tjCompress2(
        nint encoder, byte* pixels, int width, int pitch, int height, int format, byte** file, nuint* size, int sampling, int quality, int flags);

    [LibraryImport(Library)]
    private static partial void tjFree(byte* file);

    [LibraryImport(Library)]
    private static partial int tjDestroy(nint encoder);
}
