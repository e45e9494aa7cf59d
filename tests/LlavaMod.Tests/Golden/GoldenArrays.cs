using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlavaMod.Tests.Golden;

/// <summary>The arrays of an expected.safetensors, for tests that need no tensors: a length, a JSON header, then the elements.</summary>
public sealed class GoldenArrays
{
    private readonly byte[] file;
    private readonly int start;
    private readonly JsonElement header;

    public GoldenArrays(string path)
    {
        file = File.ReadAllBytes(path);
        start = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        header = JsonElement.Parse(file.AsSpan(8..start));
    }

    /// <summary>The elements of an array of this type, in row-major order.</summary>
    public T[] Read<T>(string name)
        where T : unmanaged
    {
        var offsets = header.GetProperty(name).GetProperty("data_offsets");
        return MemoryMarshal.Cast<byte, T>(file.AsSpan((start + offsets[0].GetInt32())..(start + offsets[1].GetInt32()))).ToArray();
    }
}
