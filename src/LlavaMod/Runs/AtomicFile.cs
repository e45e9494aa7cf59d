using System.Runtime.InteropServices;

namespace LlavaMod.Runs;

/// <summary>
/// Writes files that appear whole or not at all, also when the machine stops in between: a temporary file in the same folder, fsync, rename
/// over the target, fsync of the folder.
/// </summary>
public static partial class AtomicFile
{
    private const string Temporary = ".tmp";
    private const int InvalidArgument = 22; // EINVAL: the file system has no such thing as syncing a folder

    /// <summary>Writes a file; one of that name is replaced. On any error the old one stays, and nothing else is left behind.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The folder does not exist, the disk is full, and the like.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        var temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}{Temporary}");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        SyncFolder(folder);
    }

    /// <summary>Writes text as UTF-8, without a byte order mark.</summary>
    /// <exception cref="IOException">As for <see cref="Write(string, Action{Stream})"/>.</exception>
    public static void Write(string path, string text) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(text);
    });

    /// <summary>Writes a file that a user has named.</summary>
    /// <param name="option">With which option, for messages.</param>
    /// <param name="path">The file.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="UserError">It cannot be written.</exception>
    public static void WriteNamed(string option, string path, string text)
    {
        try
        {
            Write(path, text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{option} {path}: cannot be written: {exception.Message.TrimEnd('.')}; name a file in a folder that is there and may be written", exception);
        }
    }

    /// <summary>Removes what processes that were killed while they wrote have left in a folder.</summary>
    public static void Sweep(string folder)
    {
        foreach (var left in Directory.GetFiles(folder, $".*{Temporary}"))
            File.Delete(left);
    }

    /// <summary>Makes what was created, renamed or deleted in a folder last. Does nothing on Windows, which has no such call.</summary>
    /// <exception cref="IOException">The folder cannot be opened or synced.</exception>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = OpenFolder(folder, flags: 0);
        if (descriptor < 0)
            throw new IOException($"Cannot open the folder {folder}: {Marshal.GetLastPInvokeErrorMessage()}");
        var failed = Sync(descriptor) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument;
        var reason = Marshal.GetLastPInvokeErrorMessage();
        Close(descriptor);
        if (failed)
            throw new IOException($"Cannot sync the folder {folder}: {reason}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFolder(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
