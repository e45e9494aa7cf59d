using LlavaMod.Data.Images;
using LlavaMod.Fuzz.Checks;

namespace LlavaMod.Fuzz.Targets;

/// <summary>A picture. Its limits are low here, so that what is allocated beyond them is seen.</summary>
public abstract class ImageTarget : FuzzTarget
{
    private const long MostPixels = 1 << 18;
    private const long MostBytesAPixel = 12; // four channels of 16 bits, and RGB of 8, before and after a copy

    private static readonly ImageLimits Limits = new() { MaxPixels = MostPixels, MaxBytes = 1 << 20 };

    /// <inheritdoc/>
    public override long AllocatedPerByte => 8;

    /// <inheritdoc/>
    public override long AllocatedAtLeast => (MostPixels * MostBytesAPixel) + (1 << 20);

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        var image = ImageDecoder.Decode(sandbox.Bytes(sandbox.First), sandbox.First, Limits);
        if ((long)image.Width * image.Height > MostPixels || image.Pixels.Length != image.Width * image.Height * 3)
            throw new BrokenPromise($"{image.Width} x {image.Height} pixels with {image.Pixels.Length} bytes");
    }

    /// <summary>Colours that differ from pixel to pixel.</summary>
    private protected static byte[] Pixels(int width, int height, int channels)
    {
        var pixels = new byte[width * height * channels];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)((i * 7) + (i / (width * channels) * 31));
        return pixels;
    }
}
