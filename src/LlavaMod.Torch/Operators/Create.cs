namespace LlavaMod.Torch;

/// <summary>New tensors.</summary>
public static class Create
{
    private static readonly Operator EmptyOp = new("empty.memory_format");
    private static readonly Operator FullOp = new("full");
    private static readonly Operator ArangeOp = new("arange.start");
    private static readonly Operator RandnOp = new("randn.generator");
    private static readonly Operator RandOp = new("rand.generator");
    private static readonly Operator ZerosLikeOp = new("zeros_like");
    private static readonly Operator EmptyLikeOp = new("empty_like");

    /// <summary>Uninitialised memory.</summary>
    public static Tensor Empty(ReadOnlySpan<long> shape, DType dtype = DType.Float32, Device? device = null) =>
        EmptyOp.Call(Argument.Ints(shape), dtype, Argument.None, device ?? Device.Cpu);

    /// <summary>
    /// Uninitialised CPU memory that is to be copied to a device: for CUDA pinned, so that <see cref="Shaping.ToAhead"/> need not wait for the copy.
    /// </summary>
    public static Tensor EmptyFor(ReadOnlySpan<long> shape, Device target, DType dtype = DType.Float32) =>
        EmptyOp.Call(Argument.Ints(shape), dtype, Argument.None, Device.Cpu, target.IsCuda);

    /// <summary>Every element the same.</summary>
    public static Tensor Full(ReadOnlySpan<long> shape, double value, DType dtype = DType.Float32, Device? device = null) =>
        FullOp.Call(Argument.Ints(shape), value, dtype, Argument.None, device ?? Device.Cpu);

    /// <summary>Zeros.</summary>
    public static Tensor Zeros(ReadOnlySpan<long> shape, DType dtype = DType.Float32, Device? device = null) => Full(shape, 0, dtype, device);

    /// <summary>Ones.</summary>
    public static Tensor Ones(ReadOnlySpan<long> shape, DType dtype = DType.Float32, Device? device = null) => Full(shape, 1, dtype, device);

    /// <summary>A scalar, shape [].</summary>
    public static Tensor Scalar(double value, DType dtype = DType.Float32, Device? device = null) => Full([], value, dtype, device);

    /// <summary>start, start + 1, ... below end, as Int64.</summary>
    public static Tensor Range(long start, long end, Device? device = null) =>
        ArangeOp.Call(start, end, DType.Int64, Argument.None, device ?? Device.Cpu);

    /// <summary>Standard normal numbers, Float32.</summary>
    public static Tensor Normal(ReadOnlySpan<long> shape, RandomGenerator generator, Device? device = null) =>
        RandnOp.Call(Argument.Ints(shape), generator, DType.Float32, Argument.None, device ?? Device.Cpu);

    /// <summary>Uniform numbers in [0, 1), Float32.</summary>
    public static Tensor Uniform(ReadOnlySpan<long> shape, RandomGenerator generator, Device? device = null) =>
        RandOp.Call(Argument.Ints(shape), generator, DType.Float32, Argument.None, device ?? Device.Cpu);

    /// <summary>Zeros of another tensor's shape, type and device.</summary>
    public static Tensor ZerosLike(Tensor tensor) => ZerosLikeOp.Call(tensor);

    /// <summary>Uninitialised memory of another tensor's shape, type and device.</summary>
    public static Tensor EmptyLike(Tensor tensor) => EmptyLikeOp.Call(tensor);
}
