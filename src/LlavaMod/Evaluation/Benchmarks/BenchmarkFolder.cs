using LlavaMod.Data.Images;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>The folder of a benchmark's published files, any of which may be compressed as .gz, and its pictures.</summary>
/// <param name="folder">The folder; null for a benchmark that needs none.</param>
/// <param name="images">The folder, .zip or .tar with the pictures where they lie elsewhere; null to look within the folder.</param>
public sealed class BenchmarkFolder(string? folder, string? images = null) : IDisposable
{
    private readonly Dictionary<string, IImageSource> opened = [];
    private readonly List<IDisposable> owned = [];

    /// <summary>The folder, or the one file of a benchmark that has no more.</summary>
    /// <exception cref="UserError">There is none.</exception>
    public string Path => folder is null
        ? throw new UserError("this benchmark has files; --data names them")
        : System.IO.Path.Exists(folder) ? folder : throw new UserError($"{folder}: no such file or folder; --data names the benchmark's published files");

    /// <summary>Where the pictures lie when it is not within the folder; null within it.</summary>
    public string? ImagesPath => images;

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
        string within = System.IO.Path.Combine(Root(), System.IO.Path.GetDirectoryName(name) ?? "");
        if (!Directory.Exists(within)) return null;
        string pattern = System.IO.Path.GetFileName(name);
        return Directory.EnumerateFiles(within, pattern).Concat(Directory.EnumerateFiles(within, pattern + ".gz"))
            .Order(StringComparer.Ordinal).FirstOrDefault();
    }

    /// <summary>The pictures: those given, or the first folder, .zip or .tar of some names that is there.</summary>
    /// <param name="places">Names relative to the folder; "." is the folder itself.</param>
    /// <exception cref="UserError">None of them is there, or it cannot be opened.</exception>
    public IImageSource Images(params string[] places)
    {
        string path = images ?? places.Select(place => System.IO.Path.Combine(Root(), place)).FirstOrDefault(System.IO.Path.Exists)
            ?? throw new UserError($"{folder}: holds no pictures, neither {string.Join(" nor ", places)}; --images names the folder, .zip or .tar with them");
        if (!opened.TryGetValue(path, out var source)) opened.Add(path, source = ImageSource.Open(path));
        return source;
    }

    /// <summary>Something that questions read from, closed with the folder.</summary>
    internal T Own<T>(T source) where T : IDisposable
    {
        owned.Add(source);
        return source;
    }

    /// <summary>Closes the archives.</summary>
    public void Dispose()
    {
        foreach (var source in owned.Concat(opened.Values)) source.Dispose();
        owned.Clear();
        opened.Clear();
    }

    private string Root() => Directory.Exists(Path) ? Path : throw new UserError($"{Path} is a file; --data names the folder with the benchmark's published files");
}
