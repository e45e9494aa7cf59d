using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LlavaMod.Data.Images;

/// <summary>
/// Bicubic resampling that gives Pillow's bytes: rows first, then columns, each pass in fixed point, rounded and clipped to 8 bits.
/// </summary>
public static class BicubicResize
{
    private const int Half = 1 << (BicubicTaps.FractionBits - 1);

    /// <summary>The picture at another size.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="width">New width, at least 1.</param>
    /// <param name="height">New height, at least 1.</param>
    public static RgbImage Resize(RgbImage image, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        return Resize(new Canvas(image), width, height, 0, 0, width, height);
    }

    /// <summary>
    /// The part of the resized canvas that starts at (<paramref name="left"/>, <paramref name="top"/>) and is
    /// <paramref name="cropWidth"/> x <paramref name="cropHeight"/> large; nothing else of it is computed, and of the canvas only the picture is
    /// looked at.
    /// </summary>
    internal static RgbImage Resize(Canvas canvas, int width, int height, int left, int top, int cropWidth, int cropHeight)
    {
        var columns = new BicubicTaps(canvas.Width, width, left, cropWidth).Within(canvas.Left, canvas.Image.Width);
        var rows = new BicubicTaps(canvas.Height, height, top, cropHeight).Within(canvas.Top, canvas.Image.Height);
        var pixels = SumColumns(NarrowRows(canvas, columns, rows), NarrowBackground(canvas, columns), rows);
        return new RgbImage(cropWidth, cropHeight, pixels);
    }

    // The picture's rows [its height, columns, 3]; those that no output takes stay zero.
    private static byte[] NarrowRows(Canvas canvas, BicubicTaps columns, BicubicTaps rows)
    {
        int stride = columns.Count * 3, width = canvas.Image.Width * 3;
        var last = rows[rows.Count - 1];
        int start = Math.Max(rows[0].First, 0), end = Math.Min(last.First + last.Weights.Length, canvas.Image.Height);
        var narrow = new byte[(long)canvas.Image.Height * stride];
        var row = new byte[width + 1]; // pixels are read as four bytes
        for (var y = start; y < end; y++)
        {
            canvas.Image.Pixels.AsSpan(y * width, width).CopyTo(row);
            NarrowRow(row, canvas, columns, narrow.AsSpan(y * stride, stride));
        }
        return narrow;
    }

    private static void NarrowRow(ReadOnlySpan<byte> row, Canvas canvas, BicubicTaps columns, Span<byte> output)
    {
        var background = Vector128.Create(canvas.Red, canvas.Green, canvas.Blue, 0);
        for (int x = 0, at = 0; at < output.Length; x++, at += 3)
        {
            var tap = columns[x];
            var weights = tap.Weights.Span;
            var sum = Vector128.Create(Half) + background * tap.Outside;
            ref var pixel = ref MemoryMarshal.GetReference(weights.IsEmpty ? row : row.Slice(tap.First * 3, weights.Length * 3 + 1));
            for (var i = 0; i < weights.Length; i++)
            {
                var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref pixel, i * 3))).AsByte();
                sum += Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32() * weights[i];
            }
            var result = Clip(sum);
            (output[at], output[at + 1], output[at + 2]) = ((byte)result[0], (byte)result[1], (byte)result[2]);
        }
    }

    // One row of nothing but background.
    private static byte[] NarrowBackground(Canvas canvas, BicubicTaps columns)
    {
        var output = new byte[columns.Count * 3];
        for (int x = 0, at = 0; at < output.Length; x++, at += 3)
        {
            var total = columns[x].Total;
            (output[at], output[at + 1], output[at + 2]) = (Scaled(canvas.Red, total), Scaled(canvas.Green, total), Scaled(canvas.Blue, total));
        }
        return output;
    }

    private static byte[] SumColumns(byte[] narrow, byte[] background, BicubicTaps rows)
    {
        var stride = background.Length;
        var output = new byte[stride * rows.Count];
        for (var y = 0; y < rows.Count; y++)
        {
            var tap = rows[y];
            var source = tap.Weights.IsEmpty ? default : narrow.AsSpan(tap.First * stride, tap.Weights.Length * stride);
            SumRows(source, background, tap, output.AsSpan(y * stride, stride));
        }
        return output;
    }

    // output[x] = background[x] * outside + sum over i of source[i * stride + x] * weights[i]
    private static void SumRows(ReadOnlySpan<byte> source, ReadOnlySpan<byte> background, BicubicTaps.Tap tap, Span<byte> output)
    {
        var weights = tap.Weights.Span;
        int stride = output.Length, x = 0;
        for (; x <= stride - 8; x += 8)
        {
            var outside = Eight(background[x..]);
            var low = Vector128.Create(Half) + Vector128.WidenLower(outside).AsInt32() * tap.Outside;
            var high = Vector128.Create(Half) + Vector128.WidenUpper(outside).AsInt32() * tap.Outside;
            for (int i = 0, at = x; i < weights.Length; i++, at += stride)
            {
                var inside = Eight(source[at..]);
                low += Vector128.WidenLower(inside).AsInt32() * weights[i];
                high += Vector128.WidenUpper(inside).AsInt32() * weights[i];
            }
            var bytes = Vector128.Narrow(Vector128.Narrow(Clip(low), Clip(high)).AsUInt16(), Vector128<ushort>.Zero);
            MemoryMarshal.Write(output.Slice(x, 8), bytes.AsUInt64().ToScalar());
        }
        for (; x < stride; x++)
        {
            var sum = Half + background[x] * tap.Outside;
            for (int i = 0, at = x; i < weights.Length; i++, at += stride)
                sum += source[at] * weights[i];
            output[x] = (byte)Math.Clamp(sum >> BicubicTaps.FractionBits, 0, 255);
        }
    }

    private static Vector128<ushort> Eight(ReadOnlySpan<byte> bytes)
        => Vector128.WidenLower(Vector128.CreateScalarUnsafe(MemoryMarshal.Read<ulong>(bytes)).AsByte());

    private static byte Scaled(byte colour, int weight) => (byte)Math.Clamp((Half + colour * weight) >> BicubicTaps.FractionBits, 0, 255);

    private static Vector128<int> Clip(Vector128<int> sum)
        => Vector128.Min(Vector128.Max(sum >> BicubicTaps.FractionBits, Vector128<int>.Zero), Vector128.Create(255));
}
