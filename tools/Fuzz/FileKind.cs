using LlavaMod.Fuzz.Mutations;
using LlavaMod.Recipes;

namespace LlavaMod.Fuzz;

/// <summary>What is known of a kind of file: mutations that keep its structure, its words, and its checksums.</summary>
public abstract class FileKind
{
    private static readonly Dictionary<string, FileKind> Known = Scan();

    /// <summary>Mutations that know the structure; none changes a file that has it no more.</summary>
    public virtual IReadOnlyList<Mutation> Mutations => [];

    /// <summary>Pieces of such files, in Latin-1; <see cref="Specimen.Outside"/> in them stands for a folder that must not be read.</summary>
    public virtual IReadOnlyList<string> Words => [];

    /// <summary>Makes lengths and checksums right again, as far as the file still has its structure, so that readers get past them.</summary>
    public virtual byte[] Repair(byte[] file) => file;

    /// <summary>The kind of a file; of one without a known extension nothing is known.</summary>
    public static FileKind Of(string name) => Known.GetValueOrDefault(Path.GetExtension(name).TrimStart('.'), PlainBytes.Instance);

    private static Dictionary<string, FileKind> Scan()
    {
        Catalog.Register(typeof(FileKind).Assembly);
        return Catalog<FileKind>.Entries.ToDictionary(entry => entry.Name, entry => (FileKind)entry.Create());
    }

    private sealed class PlainBytes : FileKind
    {
        public static PlainBytes Instance { get; } = new();
    }
}
