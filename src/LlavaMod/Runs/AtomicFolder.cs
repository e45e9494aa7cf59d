namespace LlavaMod.Runs;

/// <summary>
/// Writes folders of files that appear whole or not at all, also when the machine stops in between: they are filled under another name, synced
/// file by file, and renamed.
/// </summary>
public static class AtomicFolder
{
    private const string Unfinished = ".unfinished";

    /// <summary>Whether a folder was left half-filled by a process that was stopped.</summary>
    public static bool IsUnfinished(string path) => path.EndsWith(Unfinished, StringComparison.Ordinal);

    /// <summary>Writes a folder; one of that name is replaced. On an error the old one stays.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="fill">Writes the files, without folders among them, into the folder that it is given.</param>
    /// <exception cref="IOException">The disk is full, and the like.</exception>
    public static void Write(string path, Action<string> fill)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), work = full + Unfinished;
        if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        Directory.CreateDirectory(work);
        try
        {
            fill(work);
            foreach (string file in Directory.GetFiles(work)) Sync(file);
            AtomicFile.SyncFolder(work);
            if (Directory.Exists(full)) Directory.Delete(full, recursive: true);
            Directory.Move(work, full);
        }
        catch
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
            throw;
        }
        AtomicFile.SyncFolder(Path.GetDirectoryName(full)!);
    }

    /// <summary>Removes what processes that were killed while they wrote have left in a folder.</summary>
    public static void Sweep(string folder)
    {
        foreach (string left in Directory.GetDirectories(folder, $"*{Unfinished}")) Directory.Delete(left, recursive: true);
    }

    private static void Sync(string file)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }
}
