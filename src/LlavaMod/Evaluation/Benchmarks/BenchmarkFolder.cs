namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>The folder of a benchmark's published files; any of them may be compressed as .gz.</summary>
/// <param name="folder">The folder.</param>
public sealed class BenchmarkFolder(string folder)
{
    /// <summary>The first of some files that is there.</summary>
    /// <param name="names">Names relative to the folder, <c>*</c> standing for anything within a name.</param>
    /// <exception cref="UserError">None of them is there.</exception>
    public string Find(params string[] names)
    {
        if (!Directory.Exists(folder)) throw new UserError($"{folder}: no such folder; --data names the folder with the benchmark's published files");
        return names.Select(TryFind).FirstOrDefault(path => path is not null)
            ?? throw new UserError($"{folder}: holds none of {string.Join(", ", names)}, plain or as .gz");
    }

    /// <summary>Like <see cref="Find"/>; null where none is there.</summary>
    public string? TryFind(string name)
    {
        string within = Path.Combine(folder, Path.GetDirectoryName(name) ?? "");
        if (!Directory.Exists(within)) return null;
        string pattern = Path.GetFileName(name);
        return Directory.EnumerateFiles(within, pattern).Concat(Directory.EnumerateFiles(within, pattern + ".gz"))
            .Order(StringComparer.Ordinal).FirstOrDefault();
    }
}
