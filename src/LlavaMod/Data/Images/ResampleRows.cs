using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LlavaMod.Data.Images;

/// <summary>
/// The two passes of resampling, for any processor. Sums are 32 bits of fixed point; they may wrap on the way, and the result, clipped to 8 bits,
/// does not.
/// </summary>
internal static class ResampleRows
{
    /// <summary>Bytes behind a row of the picture that may be read.</summary>
    public const int Slack = 32;

    /// <summary>Bytes from one resized row to the next: three a column, one more that may be written, filled up to a whole vector.</summary>
    public static int Pitch(int columns) => (columns * 3 + 1 + 15) / 16 * 16;

    /// <summary>Narrows or widens two rows of pixels.</summary>
    /// <param name="upper">A row of the picture, with <see cref="Slack"/>.</param>
    /// <param name="lower">Another one.</param>
    /// <param name="taps">The columns.</param>
    /// <param name="background">The colour of the canvas: red, green, blue, 0.</param>
    /// <param name="upperOutput">What becomes of the first, one <see cref="Pitch"/>.</param>
    /// <param name="lowerOutput">What becomes of the second.</param>
    public static void Across(
        ReadOnlySpan<byte> upper, ReadOnlySpan<byte> lower, ResampleTaps taps, Vector128<int> background, Span<byte> upperOutput, Span<byte> lowerOutput)
    {
        AcrossOne(upper, taps, background, upperOutput);
        AcrossOne(lower, taps, background, lowerOutput);
    }

    /// <summary>One output row from consecutive rows.</summary>
    /// <param name="rows">The first of the rows that <paramref name="tap"/> takes, the others after it.</param>
    /// <param name="background">A row of nothing but canvas.</param>
    /// <param name="taps">The rows' weights.</param>
    /// <param name="tap">The output.</param>
    /// <param name="output">The output row, one <see cref="Pitch"/> like all others.</param>
    public static void Down(ReadOnlySpan<byte> rows, ReadOnlySpan<byte> background, ResampleTaps taps, in ResampleTaps.Tap tap, Span<byte> output)
    {
        var weights = taps.Weights(tap);
        for (var x = 0; x < output.Length; x += 8)
        {
            var outside = Eight(background[x..]);
            var low = Vector128.Create(ResampleTaps.Half) + Vector128.WidenLower(outside).AsInt32() * tap.Outside;
            var high = Vector128.Create(ResampleTaps.Half) + Vector128.WidenUpper(outside).AsInt32() * tap.Outside;
            for (int i = 0, at = x; i < weights.Length; i++, at += output.Length)
            {
                var inside = Eight(rows[at..]);
                low += Vector128.WidenLower(inside).AsInt32() * weights[i];
                high += Vector128.WidenUpper(inside).AsInt32() * weights[i];
            }
            var bytes = Vector128.Narrow(Vector128.Narrow(Clip(low), Clip(high)).AsUInt16(), Vector128<ushort>.Zero);
            MemoryMarshal.Write(output.Slice(x, 8), bytes.AsUInt64().ToScalar());
        }
    }

    private static void AcrossOne(ReadOnlySpan<byte> row, ResampleTaps taps, Vector128<int> background, Span<byte> output)
    {
        for (int x = 0, at = 0; x < taps.Count; x++, at += 3)
        {
            ref readonly var tap = ref taps[x];
            var weights = taps.Weights(tap);
            var sum = Vector128.Create(ResampleTaps.Half) + background * tap.Outside;
            ref var pixel = ref MemoryMarshal.GetReference(weights.IsEmpty ? row : row.Slice(tap.First * 3, weights.Length * 3 + 1));
            for (var i = 0; i < weights.Length; i++)
            {
                var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref pixel, i * 3))).AsByte();
                sum += Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32() * weights[i];
            }
            var levels = Clip(sum);
            (output[at], output[at + 1], output[at + 2]) = ((byte)levels[0], (byte)levels[1], (byte)levels[2]);
        }
    }

    private static Vector128<ushort> Eight(ReadOnlySpan<byte> bytes)
        => Vector128.WidenLower(Vector128.CreateScalarUnsafe(MemoryMarshal.Read<ulong>(bytes)).AsByte());

    private static Vector128<int> Clip(Vector128<int> sum)
        => Vector128.Min(Vector128.Max(sum >> ResampleTaps.FractionBits, Vector128<int>.Zero), Vector128.Create(255));
}
