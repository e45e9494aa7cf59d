using System.Buffers.Binary;
using System.Text;

namespace LlavaMod.Tests;

/// <summary>A pickle, written opcode by opcode.</summary>
internal sealed class PickleBytes
{
    private readonly List<byte> bytes = [];

    public byte[] ToArray() => [.. bytes];

    /// <summary>Opcodes and arguments as they are: characters are bytes.</summary>
    public PickleBytes Raw(string codes)
    {
        bytes.AddRange(Encoding.Latin1.GetBytes(codes));
        return this;
    }

    public PickleBytes Protocol(byte version = 2) => Raw("\u0080" + (char)version);

    public PickleBytes Stop() => Raw(".");

    public PickleBytes Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text), length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        bytes.AddRange([(byte)'X', .. length, .. utf8]);
        return this;
    }

    /// <summary>A whole number as LONG1 of 8 bytes.</summary>
    public PickleBytes Int(long number)
    {
        var value = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(value, number);
        bytes.AddRange([0x8a, 8, .. value]);
        return this;
    }

    public PickleBytes Ints(params ReadOnlySpan<long> numbers)
    {
        Raw("(");
        foreach (long number in numbers) Int(number);
        return Raw("t");
    }

    public PickleBytes Global(string module, string name) => Raw($"c{module}\n{name}\n");

    public PickleBytes OrderedDict() => Global("collections", "OrderedDict").Raw(")R");

    /// <summary>What torch.save writes for a storage.</summary>
    public PickleBytes Storage(string type, string key, long elements) =>
        Raw("(").Text("storage").Global("torch", type).Text(key).Text("cpu").Int(elements).Raw("tQ");

    /// <summary>What torch.save writes for a tensor.</summary>
    public PickleBytes Tensor(string type, string key, long elements, long offset, long[] shape, long[] strides) =>
        Global("torch._utils", "_rebuild_tensor_v2").Raw("(").Storage(type, key, elements).Int(offset).Ints(shape).Ints(strides).Raw("\u0089").OrderedDict().Raw("tR");

    /// <summary>The same as a parameter.</summary>
    public PickleBytes Parameter(string type, string key, long elements, long offset, long[] shape, long[] strides) =>
        Global("torch._utils", "_rebuild_parameter").Raw("(").Tensor(type, key, elements, offset, shape, strides).Raw("\u0088").OrderedDict().Raw("tR");
}
