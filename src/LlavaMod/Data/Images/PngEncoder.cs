using System.Buffers;

namespace LlavaMod.Data.Images;

/// <summary>Encodes pictures as PNG, 8-bit RGB, losslessly. The same picture always gives the same bytes.</summary>
public static class PngEncoder
{
    /// <summary>The file's bytes.</summary>
    /// <exception cref="ArgumentException">The picture has no pixels, or not three bytes for each.</exception>
    /// <exception cref="UserError">libpng is not installed.</exception>
    public static byte[] Encode(RgbImage image)
    {
        if (image.Width < 1 || image.Height < 1 || image.Pixels.Length != (long)image.Width * image.Height * 3)
            throw new ArgumentException($"{image.Width} x {image.Height} pixels do not have {image.Pixels.Length} bytes.", nameof(image));
        var buffer = ArrayPool<byte>.Shared.Rent(Bound(image));
        try
        {
            return buffer.AsSpan(0, Write(image, buffer)).ToArray();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new PngFormat().NotInstalled(e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static unsafe int Write(RgbImage image, byte[] buffer)
    {
        var header = new PngImage
        {
            Version = PngImage.CurrentVersion,
            Width = (uint)image.Width,
            Height = (uint)image.Height,
            Format = PngImage.Rgb,
        };
        var size = (nuint)buffer.Length;
        fixed (byte* target = buffer, source = image.Pixels)
            if (PngImage.png_image_write_to_memory(&header, target, &size, 0, source, 0, null) == 0)
                throw new InvalidOperationException($"libpng could not encode {image.Width} x {image.Height} pixels: {header.Reason}.");
        return (int)size;
    }

    // What zlib adds at most to rows with their filter bytes, the frame of each 8 KiB of it, and the header chunks.
    private static int Bound(RgbImage image)
    {
        var rows = (image.Width * 3L + 1) * image.Height;
        var compressed = rows + (rows >> 3) + (rows >> 6) + 64;
        return checked((int)(compressed + 12 * (compressed / 8192 + 1) + 1024));
    }
}
