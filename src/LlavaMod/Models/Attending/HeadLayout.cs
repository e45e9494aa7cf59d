using System.Numerics;
using System.Runtime.CompilerServices;
using LlavaMod.Torch;

namespace LlavaMod.Models.Attending;

/// <summary>
/// How heads lie in memory. A projection gives [B, T, H * Dh], products want [B * K, T * G, Dh]: the G query heads of a key head are neighbours, so
/// that keys are not repeated. The way between turns heads by their rotary angles and scales them, in one pass over a CPU's Float32.
/// </summary>
/// <param name="KeyHeads">K; H for values that are nobody's queries.</param>
/// <param name="Groups">G.</param>
/// <param name="HeadDim">Dh.</param>
internal readonly record struct HeadLayout(int KeyHeads, int Groups, int HeadDim)
{
    /// <summary>[B, T, H * Dh] to [B * K, T * G, Dh], turned and scaled.</summary>
    /// <param name="flat">The projection.</param>
    /// <param name="angles">Half-split rotary angles of the T positions; null for none.</param>
    /// <param name="scale">What to multiply by.</param>
    public Tensor Pack(Tensor flat, RotaryAngles? angles = null, double scale = 1)
    {
        using var scope = new TensorScope();
        int batch = (int)flat.Size(0), length = (int)flat.Size(1);
        if (ParallelRows.Takes(flat))
        {
            var packed = Create.Empty([batch * KeyHeads, length * Groups, HeadDim]);
            Move(flat.Contiguous(), packed, batch, length, packs: true, angles, inverse: false, (float)scale);
            return scope.Return(packed);
        }
        var heads = Turned(flat.Reshape(batch, length, KeyHeads, Groups, HeadDim), angles, inverse: false);
        if (scale != 1) heads = heads * scale;
        return scope.Return(heads.Transpose(1, 2).Reshape(batch * KeyHeads, length * Groups, HeadDim).Contiguous());
    }

    /// <summary>The way back, turned by the negative angles: also the gradient of <see cref="Pack"/>.</summary>
    public Tensor Unpack(Tensor packed, int batch, RotaryAngles? angles = null, double scale = 1)
    {
        using var scope = new TensorScope();
        int length = (int)packed.Size(1) / Groups;
        if (ParallelRows.Takes(packed))
        {
            var flat = Create.Empty([batch, length, KeyHeads * Groups * HeadDim]);
            Move(packed.Contiguous(), flat, batch, length, packs: false, angles, inverse: true, (float)scale);
            return scope.Return(flat);
        }
        var heads = Turned(packed.Reshape(batch, KeyHeads, length, Groups, HeadDim).Transpose(1, 2), angles, inverse: true);
        if (scale != 1) heads = heads * scale;
        return scope.Return(heads.Reshape(batch, length, KeyHeads * Groups * HeadDim));
    }

    /// <summary>[B, T, K * groups * Dh] to [B, H, T, Dh], turned; heads that fewer groups have are repeated.</summary>
    public Tensor Heads(Tensor flat, int groups, RotaryAngles? angles)
    {
        using var scope = new TensorScope();
        long batch = flat.Size(0), length = flat.Size(1);
        var heads = Turned(flat.Reshape(batch, length, KeyHeads, groups, HeadDim), angles, inverse: false).Expand(batch, length, KeyHeads, Groups, HeadDim);
        return scope.Return(heads.Reshape(batch, length, KeyHeads * Groups, HeadDim).Transpose(1, 2));
    }

    // heads: [B, T, K, G, Dh]
    private static Tensor Turned(Tensor heads, RotaryAngles? angles, bool inverse)
    {
        if (angles is null) return heads;
        long half = heads.Size(-1) / 2;
        Tensor cos = angles.Cos.Unsqueeze(2).Unsqueeze(2), sin = angles.Sin.Unsqueeze(2).Unsqueeze(2); // [B or 1, T, 1, 1, Dh/2]
        if (inverse) sin = -sin;
        Tensor low = heads.Narrow(-1, 0, half), high = heads.Narrow(-1, half, half);
        return Shaping.Cat([low * cos - high * sin, high * cos + low * sin], -1).To(heads.DType);
    }

    private unsafe void Move(Tensor source, Tensor target, int batch, int length, bool packs, RotaryAngles? angles, bool inverse, float scale)
    {
        int keyHeads = KeyHeads, groups = Groups, width = HeadDim, chunk = groups * width;
        int angleRows = angles is null ? 1 : (int)angles.Cos.Size(0); // 1 where all sequences count alike
        fixed (float* from = source.Span<float>(), to = target.Span<float>(), cos = angles is null ? default : angles.Cos.Span<float>(), sin = angles is null ? default : angles.Sin.Span<float>())
        {
            var (reads, writes, cosines, sines) = ((nint)from, (nint)to, (nint)cos, (nint)sin);
            ParallelRows.Run(batch * length, keyHeads * chunk, (first, end) =>
            {
                for (int token = (int)first; token < end; token++)
                {
                    int b = token / length, t = token % length, place = ((angleRows == 1 ? 0 : b) * length + t) * (width / 2);
                    for (int k = 0; k < keyHeads; k++)
                    {
                        long flat = ((long)token * keyHeads + k) * chunk, packed = (((long)b * keyHeads + k) * length + t) * chunk;
                        float* read = (float*)reads + (packs ? flat : packed), write = (float*)writes + (packs ? packed : flat);
                        if (cosines == 0) Scale(read, write, chunk, scale);
                        else for (int g = 0; g < groups; g++) Turn(read + g * width, write + g * width, (float*)cosines + place, (float*)sines + place, width / 2, inverse ? -1 : 1, scale);
                    }
                }
            });
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // short runs would end before it is compiled well
    private static unsafe void Scale(float* read, float* write, int count, float scale)
    {
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count) (Vector.Load(read + i) * scale).Store(write + i);
        for (; i < count; i++) write[i] = read[i] * scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Turn(float* read, float* write, float* cos, float* sin, int half, float sign, float scale)
    {
        int i = 0;
        for (; i <= half - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> low = Vector.Load(read + i), high = Vector.Load(read + half + i), c = Vector.Load(cos + i) * scale, s = Vector.Load(sin + i) * (sign * scale);
            (low * c - high * s).Store(write + i);
            (high * c + low * s).Store(write + half + i);
        }
        for (; i < half; i++)
        {
            float low = read[i], high = read[half + i], c = cos[i] * scale, s = sin[i] * (sign * scale);
            write[i] = low * c - high * s;
            write[half + i] = high * c + low * s;
        }
    }
}

/// <summary>Cosines and sines of rotary angles, Float32 [B or 1, T, Dh/2]: dimension i turns with dimension i + Dh/2.</summary>
internal sealed record RotaryAngles(Tensor Cos, Tensor Sin);
