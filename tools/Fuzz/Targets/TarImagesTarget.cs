using System.Formats.Tar;
using System.Text;
using LlavaMod.Data.Images;
using LlavaMod.Fuzz.Checks;

namespace LlavaMod.Fuzz.Targets;

/// <summary>Pictures in a .tar: ustar, pax and GNU's headers, long names, folders and links between.</summary>
[FuzzTarget("tar", Summary = ".tar of pictures")]
public sealed class TarImagesTarget : FuzzTarget
{
    private const string File = "images.tar";

    private static readonly string Long = string.Join('/', Enumerable.Repeat("folder", 14)) + "/c.png";
    private static readonly string[] Names = ["a.png", "folder/b.png", Long, "../a.png", "/etc/passwd", "link"];

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        using var images = ImageSource.Open(sandbox[File]);
        foreach (var name in Names.Where(images.Contains))
            images.Read(name);
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        foreach (var format in (TarEntryFormat[])[TarEntryFormat.Ustar, TarEntryFormat.Pax, TarEntryFormat.Gnu])
            yield return new Specimen(File, Write(format, ("a.png", "first"), ("folder/b.png", new string('b', 600)), (Long, "third")));
    }

    /// <summary>An archive of files, with a folder and a link before the last one.</summary>
    internal static byte[] Write(TarEntryFormat format, params (string Name, string Content)[] files)
    {
        var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, format, leaveOpen: true))
            foreach (var (name, content) in files)
            {
                if (name == files[^1].Name)
                {
                    writer.WriteEntry(Dated(Create(format, TarEntryType.Directory, "folder/")));
                    var link = Dated(Create(format, TarEntryType.SymbolicLink, "link"));
                    link.LinkName = "../outside/a.png";
                    writer.WriteEntry(link);
                }
                var entry = Dated(Create(format, TarEntryType.RegularFile, name));
                entry.DataStream = new MemoryStream(Encoding.Latin1.GetBytes(content));
                writer.WriteEntry(entry);
            }
        return archive.ToArray();
    }

    private static TarEntry Create(TarEntryFormat format, TarEntryType type, string name) => format switch
    {
        TarEntryFormat.Ustar => new UstarTarEntry(type, name),
        TarEntryFormat.Pax => new PaxTarEntry(type, name, [KeyValuePair.Create("comment", "made by hand")]),
        _ => new GnuTarEntry(type, name) { AccessTime = DateTimeOffset.UnixEpoch, ChangeTime = DateTimeOffset.UnixEpoch },
    };

    private static TarEntry Dated(TarEntry entry)
    {
        entry.ModificationTime = DateTimeOffset.UnixEpoch;
        return entry;
    }
}
