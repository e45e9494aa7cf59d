using System.Text;

namespace LlavaMod.Fuzz;

/// <summary>Files that a reader is given at once, by their paths in its folder.</summary>
public sealed record Specimen(IReadOnlyList<SpecimenFile> Files)
{
    /// <summary>Stands in files for the absolute path of a folder that must not be read; as long as any path to it.</summary>
    public const string Outside = "@outside@";

    public Specimen(string name, byte[] bytes)
        : this([new SpecimenFile(name, bytes)])
    {
    }

    public Specimen(string name, string text)
        : this(name, Encoding.UTF8.GetBytes(text))
    {
    }

    /// <summary>Bytes of all files together.</summary>
    public long Size => Files.Sum(file => (long)file.Bytes.Length);

    /// <summary>The same files, one of them changed.</summary>
    public Specimen With(int index, byte[] bytes) =>
        new([.. Files.Select((file, i) => i == index ? file with { Bytes = bytes } : file)]);

    /// <summary>All files below a folder.</summary>
    public static Specimen OfFolder(string folder) => new(
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => new SpecimenFile(Path.GetRelativePath(folder, path), File.ReadAllBytes(path)))]);

    /// <summary>Files that something writes into a folder.</summary>
    public static Specimen Written(Action<string> write)
    {
        var folder = Directory.CreateTempSubdirectory("llavamod-fuzz-").FullName;
        try
        {
            write(folder);
            return OfFolder(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Writes the files below a folder.</summary>
    /// <param name="folder">The folder, which is made.</param>
    /// <param name="outside">What <see cref="Outside"/> in the files becomes; null leaves it.</param>
    public void WriteTo(string folder, string? outside = null)
    {
        foreach (var file in Files)
        {
            var path = Path.Combine(folder, file.Name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, outside is null ? file.Bytes : file.Naming(outside));
        }
    }
}

/// <summary>One of them.</summary>
public sealed record SpecimenFile(string Name, byte[] Bytes)
{
    /// <summary>The bytes with a folder's path instead of <see cref="Specimen.Outside"/>.</summary>
    public byte[] Naming(string outside) => Bytes.AsSpan().IndexOf("@outside@"u8) < 0
        ? Bytes
        : Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(Bytes).Replace(Specimen.Outside, outside, StringComparison.Ordinal));
}
