namespace LlavaMod.Runs;

/// <summary>Keeps other processes from writing a folder. The system lets go of it when the process ends, however it ends.</summary>
internal static class FolderLock
{
    private const string Name = ".lock";
    private const int WouldBlock = 11; // Linux's errno where another process holds the lock

    /// <summary>Takes the lock of a folder that is there; disposing it lets go.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="taken">What to say where another process has it.</param>
    /// <exception cref="UserError">Another process has it.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static IDisposable Take(string folder, string taken)
    {
        try
        {
            return new FileStream(Path.Combine(folder, Name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (IOException exception) when (exception.HResult == WouldBlock)
        {
            throw new UserError(taken, exception);
        }
    }
}
