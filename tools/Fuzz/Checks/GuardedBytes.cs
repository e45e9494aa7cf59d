using System.ComponentModel;
using System.Runtime.InteropServices;

namespace LlavaMod.Fuzz.Checks;

/// <summary>Bytes that end where readable memory ends, so that one byte too far is a crash.</summary>
internal sealed unsafe partial class GuardedBytes : IDisposable
{
    private const int Readable = 1, Writable = 2, Private = 2, Anonymous = 0x20;

    private byte* start;
    private nuint size;

    public ReadOnlySpan<byte> Put(byte[] bytes)
    {
        if ((nuint)bytes.Length > size)
            Grow((nuint)bytes.Length);
        var span = new Span<byte>(start + size - (nuint)bytes.Length, bytes.Length);
        bytes.CopyTo(span);
        return span;
    }

    private void Grow(nuint wanted)
    {
        Dispose();
        var page = (nuint)Environment.SystemPageSize;
        var whole = (wanted + page - 1) / page * page;
        var map = mmap(0, whole + page, Readable | Writable, Private | Anonymous, -1, 0);
        if (map == -1 || mprotect(map + (nint)whole, page, 0) != 0)
            throw new Win32Exception();
        start = (byte*)map;
        size = whole;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (start is not null)
            _ = munmap((nint)start, size + (nuint)Environment.SystemPageSize);
        start = null;
        size = 0;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mprotect(nint address, nuint length, int protection);

    [LibraryImport("libc")]
    private static partial int munmap(nint address, nuint length);
}
