using System.Globalization;

namespace LlavaMod.Torch;

/// <summary>Where a tensor lives. <paramref name="Type"/> is libtorch's <c>DeviceType</c> (0 CPU, 1 CUDA, 14 meta); index -1 means the current one.</summary>
public readonly record struct Device(int Type, int Index)
{
    /// <summary>Main memory.</summary>
    public static Device Cpu => new(0, -1);

    /// <summary>A CUDA device; -1 is the current one.</summary>
    public static Device Cuda(int index = -1) => new(1, index);

    /// <summary>Nowhere: tensors of a shape and a type without values, which take no memory.</summary>
    public static Device Meta => new(14, -1);

    /// <summary>Whether this is main memory.</summary>
    public bool IsCpu => Type == 0;

    /// <summary>Whether this is a CUDA device.</summary>
    public bool IsCuda => Type == 1;

    internal long Packed => ((long)Type << 8) | (byte)(sbyte)Index;

    internal static Device Unpack(int packed) => new(packed >> 8, (sbyte)(packed & 0xff));

    /// <summary>Reads "cpu", "cuda" or "cuda:1".</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static Device Parse(string text)
    {
        if (text == "cpu") return Cpu;
        if (text == "cuda") return Cuda();
        if (text.StartsWith("cuda:", StringComparison.Ordinal)
            && sbyte.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out sbyte index)) return Cuda(index);
        throw new FormatException($"'{text}' is not a device: cpu, cuda or cuda:N");
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string name = Type switch { 0 => "cpu", 1 => "cuda", 14 => "meta", _ => $"device{Type}" };
        return Index < 0 ? name : $"{name}:{Index}";
    }
}
