using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Data.Images;

/// <summary>Made-up pictures.</summary>
internal static class Pictures
{
    /// <summary>Random bytes, the same for the same size.</summary>
    public static RgbImage Noise(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(width * 31 + height).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    /// <summary>One colour.</summary>
    public static RgbImage Plain(int width, int height, byte red, byte green, byte blue)
        => new(width, height, [.. Enumerable.Range(0, width * height).SelectMany(_ => new[] { red, green, blue })]);
}
