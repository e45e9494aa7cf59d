using System.Buffers;
using System.Runtime.InteropServices;

namespace LlavaMod.Data.Images;

/// <summary>JPEG by libturbojpeg, with the accurate transform and smooth chroma, which are Pillow's defaults too.</summary>
[ImageFormat("jpeg", Summary = "JPEG, baseline and progressive: grey, colour, CMYK and YCCK")]
internal sealed partial class JpegFormat : ImageFormat
{
    private const string LibraryFile = "libturbojpeg.so.0";
    private const int Rgb = 0, Cmyk = 11;
    private const int LimitScans = 1 << 15, StopOnWarning = 1 << 13;
    private const int Warning = 0;

    // Ten scans are usual; so many pixels in all of them take about a second.
    private const long MaxScanned = 1_000_000_000;

    // A decoder serves one picture after another; each thread has its own.
    [ThreadStatic]
    private static Decompressor? own;

    /// <inheritdoc/>
    public override string Name => "JPEG";

    /// <inheritdoc/>
    public override SystemLibrary Library { get; } = new(LibraryFile, "libturbojpeg0 (on Ubuntu: libturbojpeg)");

    /// <inheritdoc/>
    public override bool Matches(ReadOnlySpan<byte> file) => file is [0xFF, 0xD8, 0xFF, ..];

    /// <inheritdoc/>
    public override RgbImage Decode(ReadOnlySpan<byte> file, ImageLimits limits, Func<int, byte[]> allocate)
    {
        var header = JpegHeader.Read(file);
        limits.CheckSize(header.Width, header.Height);
        if (header.LeastBits > file.Length * 8L)
            throw new BrokenImageException($"JPEG, {file.Length:N0} bytes cannot hold {header.Width} x {header.Height} pixels");
        if (JpegHeader.CountScans(file) is var scans && scans * (long)header.Width * header.Height > MaxScanned)
            throw new BrokenImageException($"JPEG, {scans} scans of {header.Width} x {header.Height} pixels, like a bomb; at most {MaxScanned:N0} pixels in all scans are decoded");
        var length = header.Width * header.Height * 3;
        var image = new RgbImage(header.Width, header.Height, allocate(length));
        var pixels = image.Pixels.AsSpan(0, length);
        if (header.Components == 4)
            DecodeInks(file, header, pixels);
        else
            Decompress(file, header, pixels, Rgb);
        return image;
    }

    // Four-colour files hold inverted inks, as Adobe writes them; converted without a colour profile, as Pillow does.
    private static void DecodeInks(ReadOnlySpan<byte> file, JpegHeader header, Span<byte> pixels)
    {
        var pooled = ArrayPool<byte>.Shared.Rent(pixels.Length / 3 * 4);
        try
        {
            var inks = pooled.AsSpan(0, pixels.Length / 3 * 4);
            Decompress(file, header, inks, Cmyk);
            for (int from = 0, to = 0; to < pixels.Length; from += 4, to += 3)
                for (var channel = 0; channel < 3; channel++)
                {
                    int light = inks[from + 3], ink = 255 - inks[from + channel];
                    pixels[to + channel] = (byte)(light - DivideBy255(ink * light));
                }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pooled);
        }
    }

    private static int DivideBy255(int product) => (product + 128 + ((product + 128) >> 8)) >> 8;

    private static unsafe void Decompress(ReadOnlySpan<byte> file, JpegHeader header, Span<byte> pixels, int format)
    {
        var decoder = own ??= Decompressor.Create();
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
    private static void ThrowUnlessHarmless(Decompressor decoder)
    {
        var message = Marshal.PtrToStringUTF8(tjGetErrorStr2(decoder)) ?? "unknown error";
        if (tjGetErrorCode(decoder) != Warning || !message.Contains("extraneous bytes before marker", StringComparison.Ordinal))
            throw new BrokenImageException($"JPEG, {message}");
    }

    private sealed class Decompressor() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        public static Decompressor Create()
        {
            var made = new Decompressor();
            made.SetHandle(tjInitDecompress());
            return made.IsInvalid ? throw new OutOfMemoryException("libturbojpeg could not make a decoder.") : made;
        }

        protected override bool ReleaseHandle() => tjDestroy(handle) == 0;
    }

    [LibraryImport(LibraryFile)]
    private static partial nint tjInitDecompress();

    [LibraryImport(LibraryFile)]
    private static unsafe partial int tjDecompress2(
        Decompressor decoder, byte* source, nuint size, byte* target, int width, int pitch, int height, int format, int flags);

    [LibraryImport(LibraryFile)]
    private static partial nint tjGetErrorStr2(Decompressor decoder);

    [LibraryImport(LibraryFile)]
    private static partial int tjGetErrorCode(Decompressor decoder);

    [LibraryImport(LibraryFile)]
    private static partial int tjDestroy(nint decoder);
}
