using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LlavaMod.Torch;

/// <summary>What an <see cref="Argument"/> holds. Mirrors <c>LmKind</c> in native/lm_torch.h.</summary>
internal enum ArgumentKind
{
    None = 0,
    Tensor = 1,
    Int = 2,
    Double = 3,
    Bool = 4,
    String = 5,
    Ints = 6,
    Doubles = 7,
    Tensors = 8,
    OptionalTensors = 9,
    Device = 10,
    Default = 11,
    Generator = 12,
}

/// <summary>
/// One boxed argument or result of an operator, 16 bytes, made by implicit conversion. Lists are copied to a per-thread ring of
/// unmanaged memory and are valid for the call that they are passed to: make an argument where it is used.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public readonly unsafe struct Argument
{
    [FieldOffset(0)] internal readonly ArgumentKind Kind;
    [FieldOffset(4)] internal readonly int Length;
    [FieldOffset(8)] internal readonly long Integer;
    [FieldOffset(8)] internal readonly double Real;
    [FieldOffset(8)] internal readonly nint Pointer;

    private Argument(ArgumentKind kind, long integer)
    {
        Kind = kind;
        Integer = integer;
    }

    private Argument(double real)
    {
        Kind = ArgumentKind.Double;
        Real = real;
    }

    private Argument(ArgumentKind kind, nint pointer, int length)
    {
        Kind = kind;
        Length = length;
        Pointer = pointer;
    }

    /// <summary>No value: an absent optional.</summary>
    public static Argument None => default;

    /// <summary>The schema's own default.</summary>
    public static Argument Default => new(ArgumentKind.Default, 0);

    /// <summary>A tensor, or none for null.</summary>
    public static implicit operator Argument(Tensor? tensor) =>
        tensor is null ? None : new(ArgumentKind.Tensor, tensor.Handle);

    /// <summary>An integer.</summary>
    public static implicit operator Argument(long value) => new(ArgumentKind.Int, value);

    /// <summary>An integer.</summary>
    public static implicit operator Argument(int value) => new(ArgumentKind.Int, value);

    /// <summary>A real number.</summary>
    public static implicit operator Argument(double value) => new(value);

    /// <summary>A truth value.</summary>
    public static implicit operator Argument(bool value) => new(ArgumentKind.Bool, value ? 1 : 0);

    /// <summary>An element type (an integer to libtorch).</summary>
    public static implicit operator Argument(DType value) => new(ArgumentKind.Int, (int)value);

    /// <summary>A device.</summary>
    public static implicit operator Argument(Device value) => new(ArgumentKind.Device, value.Packed);

    /// <summary>A random generator, or the default one for null.</summary>
    public static implicit operator Argument(RandomGenerator? generator) =>
        generator is null ? None : new(ArgumentKind.Generator, generator.Handle);

    /// <summary>A string from a UTF-8 literal, which is static data and needs no copy.</summary>
    public static implicit operator Argument(ReadOnlySpan<byte> literal) =>
        new(ArgumentKind.String, (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(literal)), literal.Length);

    /// <summary>A list of integers: sizes, dimensions.</summary>
    public static Argument Ints(params ReadOnlySpan<long> values) =>
        new(ArgumentKind.Ints, ArgumentRing.Copy(MemoryMarshal.AsBytes(values)), values.Length);

    /// <summary>A list of tensors.</summary>
    public static Argument Tensors(params ReadOnlySpan<Tensor> tensors) => List(ArgumentKind.Tensors, tensors!);

    /// <summary>A list of optional tensors, as advanced indexing takes it.</summary>
    public static Argument OptionalTensors(params ReadOnlySpan<Tensor?> tensors) => List(ArgumentKind.OptionalTensors, tensors);

    private static Argument List(ArgumentKind kind, ReadOnlySpan<Tensor?> tensors)
    {
        nint* handles = (nint*)ArgumentRing.Reserve(tensors.Length * sizeof(nint));
        for (int i = 0; i < tensors.Length; i++) handles[i] = tensors[i]?.Handle ?? 0;
        return new(kind, (nint)handles, tensors.Length);
    }

    /// <summary>The argument as an error message shows it.</summary>
    public override string ToString() => Kind switch
    {
        ArgumentKind.None => "none",
        ArgumentKind.Tensor => Tensor.Describe(Pointer),
        ArgumentKind.Int => Integer.ToString(),
        ArgumentKind.Double => Real.ToString("g6"),
        ArgumentKind.Bool => Integer != 0 ? "true" : "false",
        ArgumentKind.String => $"'{Marshal.PtrToStringUTF8(Pointer, Length)}'",
        ArgumentKind.Ints => $"[{string.Join(", ", new ReadOnlySpan<long>((void*)Pointer, Length).ToArray())}]",
        ArgumentKind.Tensors or ArgumentKind.OptionalTensors =>
            $"[{string.Join(", ", new ReadOnlySpan<nint>((void*)Pointer, Length).ToArray().Select(Tensor.Describe))}]",
        ArgumentKind.Device => Device.Unpack((int)Integer).ToString(),
        _ => Kind.ToString().ToLowerInvariant(),
    };
}

/// <summary>Per-thread unmanaged memory for list arguments: a call's lists are read before the ring comes round again.</summary>
internal static unsafe class ArgumentRing
{
    private const int Capacity = 1 << 18;

    [ThreadStatic] private static byte* memory;
    [ThreadStatic] private static int next;

    public static byte* Reserve(int bytes)
    {
        int rounded = (bytes + 15) & ~15;
        if (rounded > Capacity / 4) throw new ArgumentException($"a list argument of {bytes} bytes is over the limit of {Capacity / 4}");
        if (memory == null) memory = (byte*)NativeMemory.AlignedAlloc(Capacity, 16);
        if (next + rounded > Capacity) next = 0;
        byte* place = memory + next;
        next += rounded;
        return place;
    }

    public static nint Copy(ReadOnlySpan<byte> bytes)
    {
        byte* place = Reserve(bytes.Length);
        bytes.CopyTo(new Span<byte>(place, bytes.Length));
        return (nint)place;
    }
}
