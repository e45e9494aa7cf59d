namespace LlavaMod.Data.Images;

/// <summary>How large a picture may be; looked at before anything of its size is allocated.</summary>
public sealed record ImageLimits
{
    /// <summary>64 MiB encoded, 64 megapixels decoded.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>The longest side that is decoded, in pixels: the longest that JPEG has.</summary>
    public const int MaxSide = 65_535;

    /// <summary>The most bytes of an encoded file.</summary>
    public long MaxBytes { get; init; } = 64 << 20;

    /// <summary>The most pixels of a decoded picture.</summary>
    public long MaxPixels { get; init; } = 64_000_000;

    internal void CheckBytes(long count)
    {
        if (count > MaxBytes)
            throw new BrokenImageException($"it has {count:N0} bytes, and at most {MaxBytes:N0} are decoded");
    }

    internal void CheckSize(long width, long height)
    {
        if (width < 1 || height < 1)
            throw new BrokenImageException($"its header says {width} x {height} pixels");
        var most = Math.Min(MaxPixels, Array.MaxLength / 4);
        if (width > MaxSide || height > MaxSide || width * height > most)
            throw new BrokenImageException($"its header says {width} x {height} pixels, and at most {most:N0} with sides up to {MaxSide} are decoded");
    }
}
