using System.Text;

namespace LlavaMod.Data.Images;

/// <summary>
/// Decodes JPEG, PNG and WebP files to 8-bit RGB as Pillow's <c>convert("RGB")</c> does: alpha is dropped, not blended, and an EXIF
/// orientation is not applied. The format is told by the first bytes, never by the name.
/// </summary>
public static class ImageDecoder
{
    internal static readonly ImageFormat[] Formats = [new JpegFormat(), new PngFormat(), new WebpFormat()];

    // Formats that are recognised so that they can be refused by name.
    private static readonly (string Start, string Name)[] Refused =
    [
        ("GIF8", "GIF"), ("BM", "BMP"), ("II*\0", "TIFF"), ("MM\0*", "TIFF"), ("P1", "PBM"), ("P2", "PGM"), ("P3", "PPM"), ("P4", "PBM"),
        ("P5", "PGM"), ("P6", "PPM"), ("\0\0\0\fJXL ", "JPEG XL"), ("\xff\n", "JPEG XL"), ("\0\0\0\fjP  ", "JPEG 2000"),
    ];

    /// <summary>Decodes a file.</summary>
    /// <param name="file">Its bytes.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="limits">How large it may be; null for <see cref="ImageLimits.Default"/>.</param>
    /// <exception cref="UserError">Not a picture, corrupt, truncated, too large, or the native library is missing.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file, string name, ImageLimits? limits = null)
    {
        limits ??= ImageLimits.Default;
        try
        {
            limits.CheckBytes(file.Length);
            return Decode(Find(file), file, limits);
        }
        catch (BrokenImageException e)
        {
            throw new UserError($"{name} cannot be decoded: {e.Message}.", e);
        }
    }

    private static RgbImage Decode(ImageFormat format, ReadOnlySpan<byte> file, ImageLimits limits)
    {
        try
        {
            return format.Decode(file, limits);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw format.NotInstalled(e);
        }
    }

    private static ImageFormat Find(ReadOnlySpan<byte> file)
    {
        foreach (var format in Formats)
            if (format.Matches(file))
                return format;
        throw new BrokenImageException(Unknown(file));
    }

    private static string Unknown(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty)
            return "the file is empty";
        var start = Encoding.Latin1.GetString(file[..Math.Min(file.Length, 16)]);
        var name = Refused.FirstOrDefault(format => start.StartsWith(format.Start, StringComparison.Ordinal)).Name;
        if (start.Length >= 12 && start[4..8] == "ftyp")
            name = start[8..12] is "avif" or "avis" ? "AVIF" : "HEIF or video";
        return name is null
            ? $"it is not a JPEG, PNG or WebP file (its first bytes are {Convert.ToHexString(file[..Math.Min(file.Length, 8)])})"
            : $"its format, {name}, is not read; convert it to PNG, JPEG or WebP";
    }
}
