using LlavaMod.Data.Images;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>The folder of a benchmark's published files, any of which may be compressed as .gz, and its pictures.</summary>
/// <param name="folder">The folder; null for a benchmark that needs none.</param>
/// <param name="images">The folder, .zip or .tar with the pictures where they lie elsewhere; null to look within the folder.</param>
public sealed class BenchmarkFolder(string? folder, string? images = null) : IDisposable
{
    private readonly Dictionary<string, IImageSource> opened = [];

    /// <summary>The first of some files that is there.</summary>
    /// <param name="names">Names relative to the folder, <c>*</c> standing for anything within a name.</param>
    /// <exception cref="UserError">None of them is there.</exception>
    public string Find(params string[] names)
    {
        string root = Root();
        return names.Select(TryFind).FirstOrDefault(path => path is not null)
            ?? throw new UserError($"{root}: holds none of {string.Join(", ", names)}, plain or as .gz");
    }

    /// <summary>Like <see cref="Find"/>; null where none is there.</summary>
    public string? TryFind(string name)
    {
        string within = Path.Combine(Root(), Path.GetDirectoryName(name) ?? "");
        if (!Directory.Exists(within)) return null;
        string pattern = Path.GetFileName(name);
        return Directory.EnumerateFiles(within, pattern).Concat(Directory.EnumerateFiles(within, pattern + ".gz"))
            .Order(StringComparer.Ordinal).FirstOrDefault();
    }

    /// <summary>The pictures: those given, or the first folder, .zip or .tar of some names that is there.</summary>
    /// <param name="places">Names relative to the folder; "." is the folder itself.</param>
    /// <exception cref="UserError">None of them is there, or it cannot be opened.</exception>
    public IImageSource Images(params string[] places)
    {
        string path = images ?? places.Select(place => Path.Combine(Root(), place)).FirstOrDefault(Path.Exists)
            ?? throw new UserError($"{folder}: holds no pictures, neither {string.Join(" nor ", places)}; --images names the folder, .zip or .tar with them");
        if (!opened.TryGetValue(path, out var source)) opened.Add(path, source = ImageSource.Open(path));
        return source;
    }

    /// <summary>Closes the archives.</summary>
    public void Dispose()
    {
        foreach (var source in opened.Values) source.Dispose();
        opened.Clear();
    }

    private string Root() => folder is null
        ? throw new UserError("this benchmark has files; --data names the folder with them")
        : Directory.Exists(folder) ? folder : throw new UserError($"{folder}: no such folder; --data names the folder with the benchmark's published files");
}
