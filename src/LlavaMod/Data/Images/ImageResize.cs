using System.Buffers;
using System.Runtime.Intrinsics;

namespace LlavaMod.Data.Images;

/// <summary>
/// Resampling that gives Pillow's bytes: rows first, then columns, each pass in fixed point, rounded and clipped to 8 bits.
/// </summary>
public static class ImageResize
{
    /// <summary>The picture at another size.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="width">New width, at least 1.</param>
    /// <param name="height">New height, at least 1.</param>
    /// <param name="kernel">The filter; null for <see cref="ResampleKernel.Bicubic"/>.</param>
    public static RgbImage Resize(RgbImage image, int width, int height, ResampleKernel? kernel = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        return Crop(new Canvas(image), new Window(width, height, 0, 0, width, height), kernel ?? ResampleKernel.Bicubic);
    }

    /// <summary>A part of a resized canvas.</summary>
    /// <param name="Width">What the whole canvas would be resized to.</param>
    /// <param name="Height">The same.</param>
    /// <param name="Left">Where the part starts.</param>
    /// <param name="Top">The same.</param>
    /// <param name="Columns">The part's width.</param>
    /// <param name="Rows">The part's height.</param>
    internal readonly record struct Window(int Width, int Height, int Left, int Top, int Columns, int Rows);

    /// <summary>The window as a picture.</summary>
    internal static RgbImage Crop(Canvas canvas, Window window, ResampleKernel kernel)
    {
        var rows = new PictureRows(new RgbImage(window.Columns, window.Rows, new byte[window.Columns * window.Rows * 3]));
        Resample(canvas, window, kernel, rows);
        return rows.Image;
    }

    /// <summary>Gives the window's rows to <paramref name="output"/>. Nothing else is computed, and of the canvas only the picture is looked at.</summary>
    internal static void Resample<TRows>(Canvas canvas, Window window, ResampleKernel kernel, TRows output)
        where TRows : IResizedRows, allows ref struct
    {
        var columns = new ResampleTaps(kernel, canvas.Width, window.Width, window.Left, window.Columns, canvas.Left, canvas.Image.Width);
        var rows = new ResampleTaps(kernel, canvas.Height, window.Height, window.Top, window.Rows, canvas.Top, canvas.Image.Height);
        var (start, count) = rows.Inputs.GetOffsetAndLength(canvas.Image.Height);
        var pitch = ResampleRows.Pitch(columns.Count);
        var pooled = ArrayPool<byte>.Shared.Rent(checked(pitch * (count + 2)));
        try
        {
            Span<byte> narrow = pooled.AsSpan(0, pitch * count), background = pooled.AsSpan(narrow.Length, pitch), line = pooled.AsSpan(narrow.Length + pitch, pitch);
            FillBackground(canvas, columns, background);
            Narrow(canvas, columns, start, narrow, line);
            for (var y = 0; y < rows.Count; y++)
            {
                ref readonly var tap = ref rows[y];
                var source = tap.Length == 0 ? default : narrow.Slice((tap.First - start) * pitch, tap.Length * pitch);
                if (ResampleRowsAvx2.IsSupported)
                    ResampleRowsAvx2.Down(source, background, rows, tap, line);
                else
                    ResampleRows.Down(source, background, rows, tap, line);
                output.Put(y, line[..(columns.Count * 3)]);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pooled);
        }
    }

    // The picture's rows from start on, each as wide as the window; two at a time, of an odd number the last one twice.
    private static void Narrow(Canvas canvas, ResampleTaps columns, int start, Span<byte> narrow, Span<byte> spare)
    {
        int pitch = spare.Length, count = narrow.Length / pitch, width = canvas.Image.Width * 3, padded = width + ResampleRows.Slack;
        var background = Vector128.Create(canvas.Red, canvas.Green, canvas.Blue, 0);
        var pooled = ArrayPool<byte>.Shared.Rent(2 * padded); // the picture has nothing behind its last row
        try
        {
            Span<byte> upper = pooled.AsSpan(0, padded), lower = pooled.AsSpan(padded, padded);
            for (var y = 0; y < count; y += 2)
            {
                var pixels = canvas.Image.Pixels.AsSpan((start + y) * width);
                var isLast = y + 1 == count;
                pixels[..width].CopyTo(upper);
                pixels.Slice(isLast ? 0 : width, width).CopyTo(lower);
                Span<byte> upperOutput = narrow.Slice(y * pitch, pitch), lowerOutput = isLast ? spare : narrow.Slice((y + 1) * pitch, pitch);
                if (ResampleRowsAvx2.IsSupported)
                    ResampleRowsAvx2.Across(upper, lower, columns, background, upperOutput, lowerOutput);
                else
                    ResampleRows.Across(upper, lower, columns, background, upperOutput, lowerOutput);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pooled);
        }
    }

    // One row of nothing but canvas.
    private static void FillBackground(Canvas canvas, ResampleTaps columns, Span<byte> row)
    {
        row.Clear();
        for (int x = 0, at = 0; x < columns.Count; x++, at += 3)
        {
            var total = columns[x].Total;
            (row[at], row[at + 1], row[at + 2]) = (Scaled(canvas.Red, total), Scaled(canvas.Green, total), Scaled(canvas.Blue, total));
        }
    }

    private static byte Scaled(byte colour, int weight) => (byte)Math.Clamp((ResampleTaps.Half + colour * weight) >> ResampleTaps.FractionBits, 0, 255);

    private readonly struct PictureRows(RgbImage image) : IResizedRows
    {
        public RgbImage Image => image;

        public void Put(int y, ReadOnlySpan<byte> row) => row.CopyTo(image.Pixels.AsSpan(y * row.Length));
    }
}
