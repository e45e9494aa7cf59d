using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LlavaMod.Data.Images;

/// <summary>
/// <see cref="ResampleRows"/> for AVX2, with the same results. Pairs of 16-bit pixels are multiplied with pairs of weights and added, once for the
/// high part of the weights and once for the low one.
/// </summary>
internal static unsafe class ResampleRowsAvx2
{
    private const byte None = 0x80;

    // Of four pixels (r g b r g b ...) in each half: (r0 r1) (g0 g1) (b0 b1) (0 0) as 16 bits; and the same of pixels 2 and 3.
    private static readonly Vector256<byte> FirstTwo = Twice(Vector128.Create(
        0, None, 3, None, 1, None, 4, None, 2, None, 5, None, None, None, None, None));

    private static readonly Vector256<byte> LastTwo = Twice(Vector128.Create(
        6, None, 9, None, 7, None, 10, None, 8, None, 11, None, None, None, None, None));

    public static bool IsSupported => Avx2.IsSupported;

    /// <inheritdoc cref="ResampleRows.Across"/>
    public static void Across(
        ReadOnlySpan<byte> upper, ReadOnlySpan<byte> lower, ResampleTaps taps, Vector128<int> background, Span<byte> upperOutput, Span<byte> lowerOutput)
    {
        var colour = Twice(background);
        fixed (byte* first = upper, second = lower, firstOut = upperOutput, secondOut = lowerOutput)
            for (var x = 0; x < taps.Count; x++)
            {
                ref readonly var tap = ref taps[x];
                var (high, low) = SumPixels(first + tap.First * 3, second + tap.First * 3, taps.High(tap), taps.Low(tap));
                var levels = Levels(high, low + Vector256.Create(ResampleTaps.Half) + colour * tap.Outside);
                var words = Avx2.PackSignedSaturate(levels, levels);
                var bytes = Avx2.PackUnsignedSaturate(words, words).AsInt32();
                *(int*)(firstOut + x * 3) = bytes[0];
                *(int*)(secondOut + x * 3) = bytes[4];
            }
    }

    /// <inheritdoc cref="ResampleRows.Down"/>
    public static void Down(ReadOnlySpan<byte> rows, ReadOnlySpan<byte> background, ResampleTaps taps, in ResampleTaps.Tap tap, Span<byte> output)
    {
        ReadOnlySpan<int> high = taps.High(tap), low = taps.Low(tap);
        var pitch = output.Length;
        fixed (byte* source = rows, canvas = background, target = output)
            for (var x = 0; x < pitch; x += 16)
            {
                var colours = Vector128.Load(canvas + x);
                Vector256<int> leftHigh = default, leftLow = Start(colours, tap.Outside);
                Vector256<int> rightHigh = default, rightLow = Start(Vector128.Shuffle(colours.AsUInt64(), Vector128.Create(1UL, 1)).AsByte(), tap.Outside);
                var at = source + x;
                for (var i = 0; i < tap.Length; i += 2, at += 2 * pitch)
                {
                    var upper = Vector128.Load(at);
                    var lower = i + 1 < tap.Length ? Vector128.Load(at + pitch) : upper; // the last of an odd number has a partner of weight 0
                    var left = Avx2.ConvertToVector256Int16(Sse2.UnpackLow(upper, lower));
                    var right = Avx2.ConvertToVector256Int16(Sse2.UnpackHigh(upper, lower));
                    Vector256<short> highPair = Vector256.Create(high[i / 2]).AsInt16(), lowPair = Vector256.Create(low[i / 2]).AsInt16();
                    leftHigh += Avx2.MultiplyAddAdjacent(left, highPair);
                    leftLow += Avx2.MultiplyAddAdjacent(left, lowPair);
                    rightHigh += Avx2.MultiplyAddAdjacent(right, highPair);
                    rightLow += Avx2.MultiplyAddAdjacent(right, lowPair);
                }
                var words = Avx2.PackSignedSaturate(Levels(leftHigh, leftLow), Levels(rightHigh, rightLow));
                words = Avx2.Permute4x64(words.AsInt64(), 0b11_01_10_00).AsInt16(); // the halves were packed one by one
                Sse2.PackUnsignedSaturate(words.GetLower(), words.GetUpper()).Store(target + x);
            }
    }

    private static (Vector256<int> High, Vector256<int> Low) SumPixels(byte* first, byte* second, ReadOnlySpan<int> high, ReadOnlySpan<int> low)
    {
        Vector256<int> highSum = default, lowSum = default;
        fixed (int* highPairs = high, lowPairs = low)
            for (var i = 0; i < high.Length; i += 2, first += 12, second += 12)
            {
                var pixels = Vector256.Create(Vector128.Load(first), Vector128.Load(second));
                var two = Avx2.Shuffle(pixels, FirstTwo).AsInt16();
                highSum += Avx2.MultiplyAddAdjacent(two, Vector256.Create(highPairs[i]).AsInt16());
                lowSum += Avx2.MultiplyAddAdjacent(two, Vector256.Create(lowPairs[i]).AsInt16());
                two = Avx2.Shuffle(pixels, LastTwo).AsInt16();
                highSum += Avx2.MultiplyAddAdjacent(two, Vector256.Create(highPairs[i + 1]).AsInt16());
                lowSum += Avx2.MultiplyAddAdjacent(two, Vector256.Create(lowPairs[i + 1]).AsInt16());
            }
        return (highSum, lowSum);
    }

    private static Vector256<int> Start(Vector128<byte> colours, int outside)
        => Vector256.Create(ResampleTaps.Half) + Avx2.ConvertToVector256Int32(colours) * outside;

    private static Vector256<int> Levels(Vector256<int> high, Vector256<int> low) => ((high << ResampleTaps.LowBits) + low) >> ResampleTaps.FractionBits;

    private static Vector256<byte> Twice(Vector128<byte> half) => Vector256.Create(half, half);

    private static Vector256<int> Twice(Vector128<int> half) => Vector256.Create(half, half);
}
