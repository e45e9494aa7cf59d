using Microsoft.Win32.SafeHandles;

namespace LlavaMod.Data.Formats;

/// <summary>
/// The .tar files of a dataset, in the order of their names: one, those of a folder, or those that fit a pattern such as
/// <c>data/train-*.tar</c>. Each is opened for as long as something is read from it: there may be more than a process may hold open.
/// </summary>
internal sealed class Shards
{
    private readonly (string Path, string Name, DateTime Written)[] shards;

    /// <exception cref="UserError">There is none.</exception>
    public Shards(string path) => shards =
    [
        .. Find(path).Order(StringComparer.Ordinal).Select(file => (file, Path.GetFileName(file), File.GetLastWriteTimeUtc(file))),
    ];

    public int Count => shards.Length;

    /// <summary>What messages call a shard.</summary>
    public string Name(int shard) => shards[shard].Name;

    /// <summary>The shard of a name; -1 where there is none.</summary>
    public int Find(ReadOnlySpan<char> name)
    {
        for (int low = 0, high = Count - 1; low <= high;)
        {
            var middle = (low + high) / 2;
            var order = name.SequenceCompareTo(shards[middle].Name);
            if (order == 0)
                return middle;
            (low, high) = order > 0 ? (middle + 1, high) : (low, middle - 1);
        }
        return -1;
    }

    /// <summary>Opens a shard to read.</summary>
    /// <exception cref="UserError">It cannot be opened, or has been written since the dataset was opened.</exception>
    public SafeFileHandle Open(int shard)
    {
        var (path, name, written) = shards[shard];
        try
        {
            var handle = File.OpenHandle(path);
            if (File.GetLastWriteTimeUtc(handle) == written)
                return handle;
            handle.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"{name}: cannot read the data: {e.Message}", e);
        }
        throw new UserError($"{name}: the file has changed since it was opened; run again with files that nobody writes");
    }

    private static string[] Find(string path)
    {
        if (File.Exists(path))
            return [path];
        var (folder, pattern) = Directory.Exists(path) ? (path, "*.tar") : (Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path));
        var found = Directory.Exists(folder) ? Directory.GetFiles(folder, pattern) : [];
        return found.Length > 0 ? found : throw new UserError($"{path}: no .tar file there");
    }
}
