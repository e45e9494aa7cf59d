using System.Buffers.Binary;

namespace LlavaMod.Torch.Serialization;

/// <summary>A .safetensors file: a header of JSON, read and checked at once, and the elements behind it.</summary>
public sealed class SafetensorsFile : TensorFile
{
    private const long MostHeaderBytes = 100_000_000; // the format's own limit

    private SafetensorsFile(FileBytes bytes, SafetensorsHeader header, long dataStart) : base(bytes)
    {
        Header = header;
        Tensors = header.Entries.ToDictionary(entry => entry.Key, entry => new StoredTensor(
            entry.Value.DType, entry.Value.Shape, StoredTensor.ContiguousStrides(entry.Value.Shape), dataStart + entry.Value.Start));
    }

    /// <summary>What the file says it holds.</summary>
    public SafetensorsHeader Header { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Opens a file and checks its header against the file's length, entry by entry.</summary>
    /// <exception cref="InvalidDataException">The file is not whole: cut short, overlapping entries, unknown types.</exception>
    public static new SafetensorsFile Open(string path)
    {
        var bytes = new FileBytes(path);
        try
        {
            return new SafetensorsFile(bytes, ReadHeader(bytes, out long dataStart), dataStart);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>Reads and checks the header alone.</summary>
    /// <exception cref="InvalidDataException">The file is not whole.</exception>
    public static SafetensorsHeader ReadHeader(string path)
    {
        using var bytes = new FileBytes(path);
        return ReadHeader(bytes, out _);
    }

    private static SafetensorsHeader ReadHeader(FileBytes bytes, out long dataStart)
    {
        bytes.RequireContent();
        if (bytes.Length < 8) throw new InvalidDataException($"{bytes.Path}: {bytes.Length} bytes are too few for a safetensors file");
        Span<byte> prefix = stackalloc byte[8];
        bytes.Read(prefix, 0);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (size > MostHeaderBytes || (long)size > bytes.Length - 8)
        {
            throw new InvalidDataException($"{bytes.Path}: the header says {size} bytes in a file of {bytes.Length}: not a safetensors file, or cut short");
        }
        var json = new byte[size];
        bytes.Read(json, 8);
        dataStart = 8 + (long)size;
        return SafetensorsHeader.Parse(bytes.Path, json, bytes.Length - dataStart);
    }
}
