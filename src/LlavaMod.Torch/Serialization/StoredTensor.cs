namespace LlavaMod.Torch.Serialization;

/// <summary>Where one tensor lies in its file, in little-endian order.</summary>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Strides">Elements from one entry of a dimension to the next, one for each dimension.</param>
/// <param name="Start">The file's byte at which its first element begins.</param>
public sealed record StoredTensor(DType DType, long[] Shape, long[] Strides, long Start)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != expected) return false;
                expected *= Shape[i];
            }
            return true;
        }
    }

    /// <summary>Elements from the first to the last one in the file, both included; 0 for an empty tensor.</summary>
    internal long Extent => Elements == 0 ? 0 : 1 + Shape.Zip(Strides, (size, stride) => (size - 1) * stride).Sum();

    /// <summary>The strides of elements in row-major order without gaps.</summary>
    internal static long[] ContiguousStrides(long[] shape)
    {
        var strides = new long[shape.Length];
        long step = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= Math.Max(shape[i], 1);
        }
        return strides;
    }
}
