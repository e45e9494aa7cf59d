using System.Numerics;
using System.Numerics.Tensors;

namespace LlavaMod.Torch;

/// <summary>
/// The elements of a contiguous CPU tensor of Float32, BFloat16 or Float16, read and written as Float32 in blocks that stay in the first cache:
/// a pass that computes in single precision costs no memory traffic for the other type.
/// </summary>
internal readonly unsafe struct FloatMemory
{
    /// <summary>Most elements of a block.</summary>
    public const int Block = 1024;

    private readonly nint data;
    private readonly DType dtype;

    private FloatMemory(nint data, DType dtype)
    {
        this.data = data;
        this.dtype = dtype;
    }

    /// <summary>A tensor's elements in place; null when they are elsewhere, have gaps, or are of another type. The tensor has to outlive it.</summary>
    public static FloatMemory? Of(Tensor tensor) =>
        tensor.DType is DType.Float32 or DType.BFloat16 or DType.Float16 && tensor.Device.IsCpu && tensor.IsContiguous
            ? new FloatMemory(tensor.Memory.Data, tensor.DType)
            : null;

    /// <summary>Elements as Float32: in place where they are of that type, else in the buffer.</summary>
    public float* Read(long start, int count, float* buffer)
    {
        if (dtype == DType.Float32) return (float*)data + start;
        if (dtype == DType.BFloat16) WidenBrain((ushort*)data + start, count, buffer);
        else TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>((Half*)data + start, count), new Span<float>(buffer, count));
        return buffer;
    }

    /// <summary>Rounds Float32 values to the tensor's type, to nearest even.</summary>
    public void Write(long start, int count, float* values)
    {
        var source = new ReadOnlySpan<float>(values, count);
        if (dtype == DType.Float32) source.CopyTo(new Span<float>((float*)data + start, count));
        else if (dtype == DType.BFloat16) NarrowBrain(values, count, (ushort*)data + start);
        else TensorPrimitives.ConvertToHalf(source, new Span<Half>((Half*)data + start, count));
    }

    // bfloat16 is the upper half of a Float32.
    private static void WidenBrain(ushort* source, int count, float* target)
    {
        int i = 0, width = Vector<ushort>.Count;
        for (; i <= count - width; i += width)
        {
            Vector.Widen(Vector.Load(source + i), out var low, out var high);
            Vector.Store(low << 16, (uint*)target + i);
            Vector.Store(high << 16, (uint*)target + i + width / 2);
        }
        for (; i < count; i++) ((uint*)target)[i] = (uint)source[i] << 16;
    }

    private static void NarrowBrain(float* source, int count, ushort* target)
    {
        int i = 0, width = Vector<ushort>.Count;
        for (; i <= count - width; i += width)
        {
            Vector.Store(Vector.Narrow(Round(Vector.Load(source + i)), Round(Vector.Load(source + i + width / 2))), target + i);
        }
        for (; i < count; i++) target[i] = (ushort)Round(new Vector<float>(source[i]))[0];
    }

    // To nearest even: half a unit of what stays is added, less one where what stays is even. What is no number stays none.
    private static Vector<uint> Round(Vector<float> values)
    {
        var bits = Vector.AsVectorUInt32(values);
        var rounded = (bits + new Vector<uint>(0x7fff) + ((bits >> 16) & Vector<uint>.One)) >> 16;
        return Vector.ConditionalSelect(Vector.AsVectorUInt32(Vector.Equals(values, values)), rounded, new Vector<uint>(0x7fc0));
    }
}
