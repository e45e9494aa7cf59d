using LlavaMod.Recipes;
using Microsoft.Win32.SafeHandles;

namespace LlavaMod.Data.Formats;

/// <summary>
/// The .tar files of a dataset, in the order of their names: one, those of a folder, or those of a pattern such as
/// <c>data/train-*.tar</c> or <c>data/train-{000..123}.tar</c>. Each is opened for as long as something is read from it: there may be more than a process may hold open.
/// </summary>
internal sealed class Shards
{
    private readonly (string Path, string Name, DateTime Written)[] shards;

    /// <exception cref="UserError">There is none, one that braces name is missing, or two have the same name.</exception>
    public Shards(string path)
    {
        shards = [.. Find(path).Select(file => (file, Path.GetFileName(file), File.GetLastWriteTimeUtc(file))).OrderBy(shard => shard.Item2, StringComparer.Ordinal)];
        CheckNames(shards);
    }

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

    private static IEnumerable<string> Find(string path)
    {
        var paths = Path.Exists(path) ? [path] : PathPattern.Expand(path);
        var found = paths.Select(FilesOf).ToArray();
        var missing = found.Count(files => files.Length == 0);
        if (missing > 0)
            throw new UserError(paths.Count == 1
                ? $"{path}: no .tar file there"
                : $"{path}: {missing:N0} of {paths.Count:N0} shards are missing, {paths[Array.FindIndex(found, files => files.Length == 0)]} is the first");
        return found.SelectMany(files => files).Distinct(StringComparer.Ordinal);
    }

    private static string[] FilesOf(string path) =>
        File.Exists(path) ? [path] : Directory.Exists(path) ? Directory.GetFiles(path, "*.tar") : PathPattern.Files(path);

    // A picture is found by its shard's name, and a copy of the good samples has a file for each name.
    private static void CheckNames((string Path, string Name, DateTime Written)[] shards)
    {
        for (var i = 1; i < shards.Length; i++)
            if (shards[i].Name == shards[i - 1].Name)
                throw new UserError($"{shards[i - 1].Path} and {shards[i].Path} have the same name; make each folder a dataset of its own");
    }
}
