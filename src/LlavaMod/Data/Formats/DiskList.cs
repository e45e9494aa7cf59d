using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LlavaMod.Data.Formats;

/// <summary>
/// A list of fixed-size records on disk, so that an index of millions of rows takes no memory. Its file has lost its name by the time it is
/// used and goes away with the process, however that ends. It is read and not mapped: a mapping's pages would count as the process's memory.
/// Nothing is kept for a later run, since the file that is indexed has to be read again anyway, to know by its hash that it is the same.
/// </summary>
/// <remarks>
/// It lies in TMPDIR, or else in /var/tmp, which is on disk where /tmp is memory. Adding is for one thread; reading is safe from several.
/// </remarks>
internal sealed class DiskList<T> : IDisposable where T : unmanaged
{
    private const int Buffered = 1 << 12;

    private readonly SafeFileHandle file;
    private readonly T[] unwritten = new T[Buffered];
    private int waiting;
    private int written;

    /// <exception cref="UserError">There is no room for it.</exception>
    public DiskList() => file = Guard(Create);

    public int Count => written + waiting;

    public T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            if (index >= written)
                return unwritten[index - written];
            var item = default(T);
            var bytes = MemoryMarshal.AsBytes(new Span<T>(ref item));
            return RandomAccess.Read(file, bytes, (long)index * bytes.Length) == bytes.Length
                ? item
                : throw new EndOfStreamException($"The list on disk has lost item {index} of {Count}.");
        }
    }

    /// <exception cref="UserError">The disk is full.</exception>
    public void Add(T item)
    {
        if (waiting == Buffered)
            Write();
        unwritten[waiting++] = item;
    }

    public void Dispose() => file.Dispose();

    private void Write() => Guard(() =>
    {
        RandomAccess.Write(file, MemoryMarshal.AsBytes(unwritten.AsSpan()), (long)written * Unsafe.SizeOf<T>());
        (written, waiting) = (written + waiting, 0);
        return 0;
    });

    private static string Folder => Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 } chosen ? chosen : "/var/tmp";

    private static SafeFileHandle Create()
    {
        var path = Path.Combine(Folder, $"llavamod-{Guid.NewGuid():N}");
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        File.Delete(path); // the open handle keeps the content
        return handle;
    }

    private static R Guard<R>(Func<R> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"the index of a dataset's rows cannot be kept in {Folder}: {e.Message} Let TMPDIR name a folder with room.", e);
        }
    }
}
