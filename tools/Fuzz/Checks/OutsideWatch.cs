using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LlavaMod.Fuzz.Checks;

/// <summary>Tells which files of a folder were opened or read, by anybody (Linux's inotify).</summary>
internal sealed partial class OutsideWatch : IDisposable
{
    private const int NonBlocking = 0x800, CloseOnExec = 0x80000;
    private const uint Access = 1, Open = 0x20;
    private const int EventHeader = 16, LengthAt = 12;

    private readonly SafeFileHandle queue;
    private readonly byte[] events = new byte[1 << 14];

    public OutsideWatch(string folder)
    {
        queue = new SafeFileHandle(inotify_init1(NonBlocking | CloseOnExec), ownsHandle: true);
        if (queue.IsInvalid)
            throw new Win32Exception();
        foreach (var watched in Directory.GetDirectories(folder, "*", SearchOption.AllDirectories).Append(folder))
            if (inotify_add_watch(queue, watched, Access | Open) < 0)
                throw new Win32Exception();
    }

    /// <summary>The names of what was opened since the last call; null for nothing.</summary>
    public string? Opened()
    {
        var names = new SortedSet<string>();
        for (nint length; (length = read(queue, events, (nuint)events.Length)) > 0;)
            for (var at = 0; at < length;)
            {
                var size = BinaryPrimitives.ReadInt32LittleEndian(events.AsSpan(at + LengthAt));
                names.Add(size == 0 ? "the folder" : Encoding.UTF8.GetString(events, at + EventHeader, size).TrimEnd('\0'));
                at += EventHeader + size;
            }
        return names.Count == 0 ? null : string.Join(", ", names);
    }

    /// <inheritdoc/>
    public void Dispose() => queue.Dispose();

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint inotify_init1(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inotify_add_watch(SafeFileHandle queue, string path, uint mask);

    [LibraryImport("libc")]
    private static partial nint read(SafeFileHandle queue, [Out] byte[] buffer, nuint count);
}
