namespace LlavaMod.Torch;

/// <summary>Views, copies and moves: shape, order, type, device.</summary>
public static class Shaping
{
    private static readonly Operator ReshapeOp = new("reshape");
    private static readonly Operator TransposeOp = new("transpose.int");
    private static readonly Operator PermuteOp = new("permute");
    private static readonly Operator NarrowOp = new("narrow");
    private static readonly Operator SelectOp = new("select.int");
    private static readonly Operator UnsqueezeOp = new("unsqueeze");
    private static readonly Operator SqueezeOp = new("squeeze.dim");
    private static readonly Operator ExpandOp = new("expand");
    private static readonly Operator ContiguousOp = new("contiguous");
    private static readonly Operator CatOp = new("cat");
    private static readonly Operator StackOp = new("stack");
    private static readonly Operator SplitOp = new("split_with_sizes");
    private static readonly Operator CloneOp = new("clone");
    private static readonly Operator AsStridedOp = new("as_strided");
    private static readonly Operator DetachOp = new("detach");
    private static readonly Operator ToTypeOp = new("to.dtype");
    private static readonly Operator ToDeviceOp = new("to.device");

    /// <summary>Another shape of the same elements; one size may be -1.</summary>
    public static Tensor Reshape(this Tensor x, params ReadOnlySpan<long> shape) => ReshapeOp.Call(x, Argument.Ints(shape));

    /// <summary>Swaps two dimensions.</summary>
    public static Tensor Transpose(this Tensor x, int first, int second) => TransposeOp.Call(x, first, second);

    /// <summary>Reorders all dimensions.</summary>
    public static Tensor Permute(this Tensor x, params ReadOnlySpan<long> order) => PermuteOp.Call(x, Argument.Ints(order));

    /// <summary>A view of <paramref name="length"/> entries of one dimension.</summary>
    public static Tensor Narrow(this Tensor x, int dimension, long start, long length) => NarrowOp.Call(x, dimension, start, length);

    /// <summary>One entry of a dimension, which goes away.</summary>
    public static Tensor Select(this Tensor x, int dimension, long index) => SelectOp.Call(x, dimension, index);

    /// <summary>Adds a dimension of size 1.</summary>
    public static Tensor Unsqueeze(this Tensor x, int dimension) => UnsqueezeOp.Call(x, dimension);

    /// <summary>Removes a dimension of size 1.</summary>
    public static Tensor Squeeze(this Tensor x, int dimension) => SqueezeOp.Call(x, dimension);

    /// <summary>Repeats dimensions of size 1 without copying.</summary>
    public static Tensor Expand(this Tensor x, params ReadOnlySpan<long> shape) => ExpandOp.Call(x, Argument.Ints(shape));

    /// <summary>The same elements without gaps, in row-major order.</summary>
    public static Tensor Contiguous(this Tensor x) => ContiguousOp.Call(x);

    /// <summary>Joins along an existing dimension.</summary>
    public static Tensor Cat(ReadOnlySpan<Tensor> tensors, int dimension = 0) => CatOp.Call(Argument.Tensors(tensors), dimension);

    /// <summary>Joins along a new dimension.</summary>
    public static Tensor Stack(ReadOnlySpan<Tensor> tensors, int dimension = 0) => StackOp.Call(Argument.Tensors(tensors), dimension);

    /// <summary>Views of successive parts of one dimension; the sizes add up to its own.</summary>
    public static Tensor[] Split(this Tensor x, ReadOnlySpan<long> sizes, int dimension = 0) =>
        SplitOp.CallList(sizes.Length, x, Argument.Ints(sizes), dimension);

    /// <summary>A view of the same memory with other sizes and steps, in elements from the tensor's first.</summary>
    internal static Tensor AsStrided(this Tensor x, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides) =>
        AsStridedOp.Call(x, Argument.Ints(shape), Argument.Ints(strides), Argument.None);

    /// <summary>A copy of its own.</summary>
    public static Tensor Clone(this Tensor x) => CloneOp.Call(x);

    /// <summary>The same elements outside the autograd graph.</summary>
    public static Tensor Detach(this Tensor x) => DetachOp.Call(x);

    /// <summary>Converts the element type; the same tensor when it already has it.</summary>
    public static Tensor To(this Tensor x, DType dtype) => x.DType == dtype ? x : ToTypeOp.Call(x, dtype);

    /// <summary>Moves to a device; the same tensor when it is there already.</summary>
    public static Tensor To(this Tensor x, Device device) =>
        x.Device is var here && here.Type == device.Type && (device.Index < 0 || here.Index == device.Index)
            ? x
            : ToDeviceOp.Call(x, device, x.DType);

    /// <summary>Moves pinned memory to a CUDA device while the CPU goes on; the same tensor when it is there already.</summary>
    public static Tensor ToAhead(this Tensor x, Device device) =>
        device.IsCpu && x.Device.IsCpu ? x : ToDeviceOp.Call(x, device, x.DType, true);
}
