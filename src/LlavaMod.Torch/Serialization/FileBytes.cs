using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace LlavaMod.Torch.Serialization;

/// <summary>
/// The bytes of a file of tensors: read in pieces, or seen through a mapping. The mapping is private, so that writing to a tensor never reaches
/// the file; it is made when the first tensor asks for it and lives until the last one is gone.
/// </summary>
internal sealed unsafe class FileBytes : IDisposable
{
    private readonly SafeFileHandle handle;
    private MemoryMappedViewAccessor? shared;
    private bool closed;

    public FileBytes(string path)
    {
        Path = path;
        handle = File.OpenHandle(path);
        Length = RandomAccess.GetLength(handle);
    }

    public string Path { get; }

    public long Length { get; }

    /// <summary>Fills memory from an offset on.</summary>
    /// <exception cref="InvalidDataException">The file ends before.</exception>
    public void Read(Span<byte> target, long offset)
    {
        while (target.Length > 0)
        {
            int count = RandomAccess.Read(handle, target, offset);
            if (count == 0) throw new InvalidDataException($"{Path}: ends at byte {offset}, {target.Length} bytes too early");
            target = target[count..];
            offset += count;
        }
    }

    /// <summary>Refuses what Git leaves in place of a large file that was not downloaded.</summary>
    /// <exception cref="InvalidDataException">The file is such a pointer.</exception>
    public void RequireContent()
    {
        var pointer = "version https://git-lfs"u8;
        Span<byte> start = stackalloc byte[pointer.Length];
        if (Length < start.Length) return;
        Read(start, 0);
        if (start.SequenceEqual(pointer)) throw new InvalidDataException($"{Path}: is a pointer of Git LFS, not the file itself; download it with: git lfs pull");
    }

    /// <summary>A tensor without gaps in the mapping that all of this file's tensors share.</summary>
    public Tensor View(long start, ReadOnlySpan<long> shape, DType dtype)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        return View(shared ??= Map(), start, shape, dtype);
    }

    /// <summary>A tensor without gaps in a mapping of its own, whose pages leave memory with the tensor.</summary>
    public Tensor PassingView(long start, ReadOnlySpan<long> shape, DType dtype)
    {
        using var view = Map();
        return View(view, start, shape, dtype);
    }

    private MemoryMappedViewAccessor Map()
    {
        using var map = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: true);
        return map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.CopyOnWrite);
    }

    private static Tensor View(MemoryMappedViewAccessor view, long start, ReadOnlySpan<long> shape, DType dtype)
    {
        bool taken = false;
        view.SafeMemoryMappedViewHandle.DangerousAddRef(ref taken);
        byte* first = (byte*)view.SafeMemoryMappedViewHandle.DangerousGetHandle() + start;
        var tensor = Tensor.FromMemory(first, shape, dtype, new MappingReference(view.SafeMemoryMappedViewHandle));
        return (nint)first % dtype.Size() == 0 ? tensor : tensor.Clone(); // kernels want aligned elements
    }

    public void Dispose()
    {
        closed = true;
        shared?.Dispose();
        handle.Dispose();
    }

    private sealed class MappingReference(SafeMemoryMappedViewHandle handle) : IDisposable
    {
        public void Dispose() => handle.DangerousRelease();
    }
}
