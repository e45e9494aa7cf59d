using System.Runtime.InteropServices;
using LlavaMod.Torch.Native;

namespace LlavaMod.Torch;

/// <summary>
/// A libtorch tensor: one owned reference. It has no finalizer: a <see cref="TensorScope"/> releases it, or, after
/// <see cref="Unscope"/>, its owner does. Using it after that is an <see cref="ObjectDisposedException"/>, never a crash.
/// Operators are extension methods in Operators/, one file a family.
/// </summary>
public sealed unsafe partial class Tensor : IDisposable
{
    /// <summary>Stands where a scope's tensor was taken out.</summary>
    internal static readonly Tensor Nothing = new(0);

    private static long live;

    private nint handle;

    internal Tensor(nint handle)
    {
        this.handle = handle;
        if (handle != 0) Interlocked.Increment(ref live);
    }

    /// <summary>Tensors of the managed side that are not released yet, over all threads: what a leak check compares.</summary>
    public static long Live => Interlocked.Read(ref live);

    internal nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Tensor), "the tensor's scope is closed");

    /// <summary>Whether the tensor has been released.</summary>
    public bool IsDisposed => handle == 0;

    private TensorInfo Info
    {
        get
        {
            TensorInfo info;
            Shim.Check(Shim.lm_info(Handle, &info), "tensor");
            return info;
        }
    }

    /// <summary>Sizes, one a dimension.</summary>
    public long[] Shape
    {
        get
        {
            var info = Info;
            return new ReadOnlySpan<long>(info.Sizes, info.Dimensions).ToArray();
        }
    }

    /// <summary>Number of dimensions; 0 for a scalar.</summary>
    public int Dimensions => Info.Dimensions;

    /// <summary>Number of elements.</summary>
    public long Elements => Info.Elements;

    /// <summary>Element type.</summary>
    public DType DType => (DType)Info.DType;

    /// <summary>Where the elements live.</summary>
    public Device Device => Device.Unpack(Info.Device);

    /// <summary>Whether elements lie in memory in row-major order without gaps.</summary>
    public bool IsContiguous => (Info.Flags & 2) != 0;

    /// <summary>Size of one dimension; negative counts from the last.</summary>
    public long Size(int dimension)
    {
        var info = Info;
        int index = dimension < 0 ? dimension + info.Dimensions : dimension;
        if ((uint)index >= (uint)info.Dimensions)
        {
            throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"the tensor is {Describe(handle)}");
        }
        return info.Sizes[index];
    }

    /// <summary>Takes the tensor out of its scope: the caller disposes it from now on.</summary>
    public Tensor Unscope()
    {
        TensorScope.Forget(this);
        return this;
    }

    /// <summary>A second reference to the same tensor, owned by the current scope.</summary>
    public Tensor Share()
    {
        Shim.lm_retain(Handle);
        return TensorScope.Adopt(handle);
    }

    /// <summary>The elements in place: a CPU tensor, contiguous, of this element type.</summary>
    /// <exception cref="InvalidOperationException">The tensor is elsewhere, not contiguous, or of another type.</exception>
    public Span<T> Span<T>() where T : unmanaged
    {
        var info = Info;
        if ((DType)info.DType != DTypes.Of<T>() || info.Device >> 8 != 0 || (info.Flags & 2) == 0)
        {
            throw new InvalidOperationException($"{Describe(handle)} cannot be read in place as {typeof(T).Name}");
        }
        return new Span<T>(info.Data, checked((int)info.Elements));
    }

    /// <summary>Where a contiguous CPU tensor of any type lies, and its length in bytes.</summary>
    internal (nint Data, long Length) Memory
    {
        get
        {
            var info = Info;
            if (info.Device >> 8 != 0 || (info.Flags & 2) == 0) throw new InvalidOperationException($"{Describe(handle)} has no bytes in place");
            return ((nint)info.Data, info.Elements * ((DType)info.DType).Size());
        }
    }

    /// <summary>Copies the elements out, converting the type and moving from the device where needed. Waits for the device.</summary>
    public T[] ToArray<T>() where T : unmanaged
    {
        using var scope = new TensorScope();
        return this.Detach().To(DTypes.Of<T>()).To(Device.Cpu).Contiguous().Span<T>().ToArray();
    }

    /// <summary>The only element of a one-element tensor. Waits for the device.</summary>
    public T Item<T>() where T : unmanaged
    {
        if (Elements != 1) throw new InvalidOperationException($"{Describe(Handle)} has not exactly one element");
        using var scope = new TensorScope();
        return this.Detach().To(DTypes.Of<T>()).To(Device.Cpu).Contiguous().Span<T>()[0];
    }

    /// <summary>Releases the tensor now.</summary>
    public void Dispose()
    {
        nint taken = Take();
        if (taken != 0) Shim.lm_release(taken);
    }

    /// <summary>Empties this object and gives its reference to the caller.</summary>
    internal nint Take()
    {
        nint taken = handle;
        handle = 0;
        if (taken != 0) Interlocked.Decrement(ref live);
        return taken;
    }

    /// <summary>A handle as messages show it: <c>Float32[2, 3] on cpu</c>.</summary>
    internal static string Describe(nint handle)
    {
        TensorInfo info;
        if (handle == 0 || Shim.lm_info(handle, &info) < 0) return "undefined";
        var sizes = new ReadOnlySpan<long>(info.Sizes, info.Dimensions).ToArray();
        return $"{(DType)info.DType}[{string.Join(", ", sizes)}] on {Device.Unpack(info.Device)}";
    }

    /// <inheritdoc/>
    public override string ToString() => Describe(handle);

    /// <summary>Copies elements into a new CPU tensor.</summary>
    /// <exception cref="ArgumentException">There are more or fewer elements than the shape holds.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> elements, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        var tensor = Create.Empty(shape, DTypes.Of<T>());
        if (elements.Length != tensor.Elements) throw new ArgumentException($"{elements.Length} elements do not fill {tensor}", nameof(elements));
        elements.CopyTo(tensor.Span<T>());
        return tensor;
    }

    /// <summary>Copies elements into a new CPU tensor.</summary>
    public static Tensor From<T>(T[] elements, params ReadOnlySpan<long> shape) where T : unmanaged =>
        From((ReadOnlySpan<T>)elements, shape);

    /// <summary>
    /// A CPU tensor over memory that somebody else owns; <paramref name="owner"/> is kept alive, and disposed when libtorch drops the
    /// last reference.
    /// </summary>
    internal static Tensor FromMemory(void* data, ReadOnlySpan<long> shape, DType dtype, IDisposable owner)
    {
        TorchRuntime.EnsureLoaded();
        nint context = GCHandle.ToIntPtr(GCHandle.Alloc(owner));
        nint result;
        fixed (long* sizes = shape) result = Shim.lm_from_memory(data, sizes, shape.Length, (int)dtype, &ReleaseOwner, context);
        if (result == 0) throw new TorchException($"from memory: {Shim.LastError()}");
        return TensorScope.Adopt(result);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    private static void ReleaseOwner(nint context)
    {
        var pin = GCHandle.FromIntPtr(context);
        ((IDisposable)pin.Target!).Dispose();
        pin.Free();
    }
}
