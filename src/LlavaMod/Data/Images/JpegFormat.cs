using System.Runtime.InteropServices;

namespace LlavaMod.Data.Images;

/// <summary>JPEG by libturbojpeg, with the accurate transform and smooth chroma, which are Pillow's defaults too.</summary>
internal sealed partial class JpegFormat : ImageFormat
{
    private const string Library = "libturbojpeg.so.0";
    private const int Rgb = 0, Cmyk = 11;
    private const int LimitScans = 1 << 15, StopOnWarning = 1 << 13;
    private const int Warning = 0;

    /// <inheritdoc/>
    public override string Name => "JPEG";

    /// <inheritdoc/>
    public override string LibraryFile => Library;

    /// <inheritdoc/>
    public override string Package => "libturbojpeg0 (on Ubuntu: libturbojpeg)";

    /// <inheritdoc/>
    public override bool Matches(ReadOnlySpan<byte> file) => file is [0xFF, 0xD8, 0xFF, ..];

    /// <inheritdoc/>
    public override RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits limits)
    {
        var header = JpegHeader.Read(file);
        limits.CheckSize(header.Width, header.Height);
        var decoder = tjInitDecompress();
        if (decoder == 0)
            throw new OutOfMemoryException("libturbojpeg could not make a decoder.");
        try
        {
            return header.Components == 4 ? DecodeCmyk(decoder, file, header) : DecodeRgb(decoder, file, header);
        }
        finally
        {
            tjDestroy(decoder);
        }
    }

    private static RgbImage DecodeRgb(nint decoder, ReadOnlySpan<byte> file, JpegHeader header)
    {
        var pixels = new byte[header.Width * header.Height * 3];
        Decompress(decoder, file, header, pixels, Rgb);
        return new RgbImage(header.Width, header.Height, pixels);
    }

    // Four-colour files hold inverted inks, as Adobe writes them; converted without a colour profile, as Pillow does.
    private static RgbImage DecodeCmyk(nint decoder, ReadOnlySpan<byte> file, JpegHeader header)
    {
        var inks = new byte[header.Width * header.Height * 4L];
        Decompress(decoder, file, header, inks, Cmyk);
        var pixels = new byte[header.Width * header.Height * 3];
        for (int from = 0, to = 0; to < pixels.Length; from += 4, to += 3)
            for (var channel = 0; channel < 3; channel++)
            {
                int light = inks[from + 3], ink = 255 - inks[from + channel];
                pixels[to + channel] = (byte)(light - DivideBy255(ink * light));
            }
        return new RgbImage(header.Width, header.Height, pixels);
    }

    private static int DivideBy255(int product) => (product + 128 + ((product + 128) >> 8)) >> 8;

    private static unsafe void Decompress(nint decoder, ReadOnlySpan<byte> file, JpegHeader header, byte[] pixels, int format)
    {
        var pitch = pixels.Length / header.Height;
        fixed (byte* source = file, target = pixels)
        {
            if (tjDecompress2(decoder, source, (nuint)file.Length, target, header.Width, pitch, header.Height, format, LimitScans) == 0)
                return;
            ThrowUnlessHarmless(decoder);
            // The decoder keeps the last warning only; stopping at the first one tells whether that is harmless too.
            tjDecompress2(decoder, source, (nuint)file.Length, target, header.Width, pitch, header.Height, format, LimitScans | StopOnWarning);
            ThrowUnlessHarmless(decoder);
            tjDecompress2(decoder, source, (nuint)file.Length, target, header.Width, pitch, header.Height, format, LimitScans);
        }
    }

    // Bytes between complete segments change no pixel, and many cameras write them. Every other warning means that pixels are missing.
    private static void ThrowUnlessHarmless(nint decoder)
    {
        var message = Marshal.PtrToStringUTF8(tjGetErrorStr2(decoder)) ?? "unknown error";
        if (tjGetErrorCode(decoder) != Warning || !message.Contains("extraneous bytes before marker", StringComparison.Ordinal))
            throw new BrokenImageException($"JPEG, {message}");
    }

    [LibraryImport(Library)]
    private static partial nint tjInitDecompress();

    [LibraryImport(Library)]
    private static unsafe partial int tjDecompress2(
        nint decoder, byte* source, nuint size, byte* target, int width, int pitch, int height, int format, int flags);

    [LibraryImport(Library)]
    private static partial nint tjGetErrorStr2(nint decoder);

    [LibraryImport(Library)]
    private static partial int tjGetErrorCode(nint decoder);

    [LibraryImport(Library)]
    private static partial int tjDestroy(nint decoder);
}
