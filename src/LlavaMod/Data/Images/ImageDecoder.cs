using System.Text;
using LlavaMod.Recipes;

namespace LlavaMod.Data.Images;

/// <summary>
/// Decodes picture files to 8-bit RGB as Pillow's <c>convert("RGB")</c> does: alpha is dropped, not blended, an EXIF orientation is not
/// applied, and an animation gives its first frame. The format is told by the first bytes, never by the name.
/// </summary>
public static class ImageDecoder
{
    // Formats that are recognised so that they can be refused by name.
    private static readonly (string Start, string Name)[] Refused =
    [
        ("II*\0", "TIFF"), ("MM\0*", "TIFF"), ("P1", "PBM"), ("P2", "PGM"), ("P3", "PPM"), ("P4", "PBM"),
        ("P5", "PGM"), ("P6", "PPM"), ("\0\0\0\fJXL ", "JPEG XL"), ("\xff\n", "JPEG XL"), ("\0\0\0\fjP  ", "JPEG 2000"),
    ];

    /// <summary>The formats that are read, by name.</summary>
    internal static IReadOnlyList<ImageFormat> Formats { get; } = [.. Catalog<ImageFormat>.Entries.Select(entry => (ImageFormat)entry.Create())];

    /// <summary>Decodes a file.</summary>
    /// <param name="file">Its bytes.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="limits">How large it may be; null for <see cref="ImageLimits.Default"/>.</param>
    /// <exception cref="UserError">Not a picture, corrupt, truncated, too large, or the native library is missing.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> file, string name, ImageLimits? limits = null)
        => Decode(file, name, limits, length => GC.AllocateUninitializedArray<byte>(length));

    /// <summary>Decodes into room that the caller provides; <see cref="RgbImage.Pixels"/> may then be longer than the picture.</summary>
    internal static RgbImage Decode(ReadOnlySpan<byte> file, string name, ImageLimits? limits, Func<int, byte[]> allocate)
    {
        limits ??= ImageLimits.Default;
        try
        {
            limits.CheckBytes(file.Length);
            return Decode(Find(file), file, limits, allocate);
        }
        catch (BrokenImageException e)
        {
            throw new UserError($"image '{name}' cannot be decoded: {e.Message}.", e);
        }
    }

    private static RgbImage Decode(ImageFormat format, ReadOnlySpan<byte> file, ImageLimits limits, Func<int, byte[]> allocate)
    {
        try
        {
            return format.Decode(file, limits, allocate);
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
        var known = $"{string.Join(", ", Formats.SkipLast(1).Select(format => format.Name))} or {Formats[^1].Name}";
        return name is null
            ? $"it is not a {known} file (its first bytes are {Convert.ToHexString(file[..Math.Min(file.Length, 8)])})"
            : $"its format, {name}, is not supported; convert it to PNG, JPEG or WebP";
    }
}
