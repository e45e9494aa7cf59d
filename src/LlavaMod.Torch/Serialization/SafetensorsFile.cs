using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace LlavaMod.Torch.Serialization;

/// <summary>
/// A .safetensors file, memory-mapped: the header is read and checked at once, tensors are views of the mapping. The mapping is private,
/// so that writing to a tensor never reaches the file, and it lives until the last tensor of it is gone.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private const long MostHeaderBytes = 100_000_000; // the format's own limit

    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private readonly long dataStart;

    private SafetensorsFile(string path, MemoryMappedFile map, MemoryMappedViewAccessor view, long dataStart, SafetensorsHeader header)
    {
        Path = path;
        this.map = map;
        this.view = view;
        this.dataStart = dataStart;
        Header = header;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What the file says it holds.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>Names of all tensors, in the order of the header.</summary>
    public IEnumerable<string> Names => Header.Entries.Keys;

    /// <summary>Whether the file has a tensor of this name.</summary>
    public bool Contains(string name) => Header.Entries.ContainsKey(name);

    /// <summary>Maps a file and checks its header against the file's length, entry by entry.</summary>
    /// <exception cref="InvalidDataException">The file is not whole: cut short, overlapping entries, unknown types.</exception>
    public static SafetensorsFile Open(string path)
    {
        using var handle = File.OpenHandle(path);
        long length = RandomAccess.GetLength(handle);
        var header = ReadHeader(path, handle, length, out long dataStart);
        var map = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: false);
        var view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.CopyOnWrite);
        return new SafetensorsFile(path, map, view, dataStart, header);
    }

    /// <summary>Reads and checks the header alone.</summary>
    /// <exception cref="InvalidDataException">The file is not whole.</exception>
    public static SafetensorsHeader ReadHeader(string path)
    {
        using var handle = File.OpenHandle(path);
        return ReadHeader(path, handle, RandomAccess.GetLength(handle), out _);
    }

    private static SafetensorsHeader ReadHeader(string path, SafeFileHandle handle, long length, out long dataStart)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (length < 8 || RandomAccess.Read(handle, prefix, 0) < 8) throw new InvalidDataException($"{path}: {length} bytes are too few for a safetensors file");
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (size > MostHeaderBytes || (long)size > length - 8)
        {
            throw new InvalidDataException($"{path}: the header says {size} bytes in a file of {length}: not a safetensors file, or cut short");
        }
        var json = new byte[size];
        if (RandomAccess.Read(handle, json, 8) < json.Length) throw new InvalidDataException($"{path}: cut short within its header");
        dataStart = 8 + (long)size;
        return SafetensorsHeader.Parse(path, json, length - dataStart);
    }

    /// <summary>A tensor as a view of the mapping, owned by the current scope.</summary>
    /// <exception cref="KeyNotFoundException">No tensor of this name.</exception>
    public Tensor Load(string name)
    {
        if (!Header.Entries.TryGetValue(name, out var entry)) throw new KeyNotFoundException($"{Path} has no tensor '{name}'");
        if (entry.Bytes == 0) return Create.Empty(entry.Shape, entry.DType);
        bool taken = false;
        view.SafeMemoryMappedViewHandle.DangerousAddRef(ref taken);
        byte* start = (byte*)view.SafeMemoryMappedViewHandle.DangerousGetHandle() + dataStart + entry.Start;
        var tensor = Tensor.FromMemory(start, entry.Shape, entry.DType, new MappingReference(view.SafeMemoryMappedViewHandle));
        return (nint)start % entry.DType.Size() == 0 ? tensor : tensor.Clone(); // kernels want aligned elements
    }

    /// <summary>Closes the file; tensors already loaded stay valid.</summary>
    public void Dispose()
    {
        view.Dispose();
        map.Dispose();
    }

    private sealed class MappingReference(SafeMemoryMappedViewHandle handle) : IDisposable
    {
        public void Dispose() => handle.DangerousRelease();
    }
}
