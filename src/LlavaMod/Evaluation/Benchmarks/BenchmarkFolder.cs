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

    /// <summary>
    /// A picture, looked for when it is read: in the pictures given, or in those of some places that are there as a folder, .zip or .tar; there under
    /// its name, or under that of a place, for archives often hold the folder that they are named after.
    /// </summary>
    /// <param name="name">Its name in the benchmark's files.</param>
    /// <param name="places">Names relative to the folder, without extension; "." is the folder itself.</param>
    internal BenchmarkImage Picture(string name, params string[] places) => Picture([name], places);

    /// <summary>A picture that has one name or another, depending on how it was unpacked.</summary>
    /// <inheritdoc cref="Picture(string, string[])"/>
    /// <param name="names">Its names, the first for messages.</param>
    /// <param name="places">Names relative to the folder, without extension; "." is the folder itself.</param>
    internal BenchmarkImage Picture(string[] names, params string[] places) => new(names[0], () =>
    {
        string[] candidates = [.. names, .. places.SelectMany(place => names.Select(name => $"{place}/{name}"))];
        var sources = Paths([.. places.SelectMany(place => place == "." ? (string[])[place] : [place, $"{place}.zip", $"{place}.tar"])]);
        foreach (var source in sources.Select(Opened))
        {
            if (candidates.FirstOrDefault(source.Contains) is { } found) return source.Read(found);
        }
        throw new UserError($"there is no picture {names[0]} in {string.Join(" or ", sources)}; --images names the folder, .zip or .tar that has it");
    });

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

    private string[] Paths(string[] places)
    {
        string[] there = images is not null ? [images] : [.. places.Select(place => System.IO.Path.Combine(Root(), place)).Where(System.IO.Path.Exists)];
        return there.Length > 0 ? there
            : throw new UserError($"{folder}: holds no pictures, neither {string.Join(" nor ", places)}; --images names the folder, .zip or .tar with them");
    }

    private IImageSource Opened(string path)
    {
        lock (opened) // pictures are read from several threads
        {
            if (!opened.TryGetValue(path, out var source)) opened.Add(path, source = ImageSource.Open(path));
            return source;
        }
    }
}
