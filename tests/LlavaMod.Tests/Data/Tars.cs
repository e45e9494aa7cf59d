using System.Formats.Tar;

namespace LlavaMod.Tests.Data;

/// <summary>Archives as the framework's own writer makes them.</summary>
internal static class Tars
{
    public static string Write(string path, TarEntryFormat format, params IEnumerable<(string Name, byte[] Content)> files)
    {
        using var output = File.Create(path);
        using var writer = new TarWriter(output, format);
        foreach (var (name, content) in files)
            writer.WriteEntry(Entry(format, name.EndsWith('/') ? TarEntryType.Directory : format == TarEntryFormat.V7 ? TarEntryType.V7RegularFile : TarEntryType.RegularFile, name, content));
        return path;
    }

    private static TarEntry Entry(TarEntryFormat format, TarEntryType type, string name, byte[] content)
    {
        TarEntry entry = format switch
        {
            TarEntryFormat.V7 => new V7TarEntry(type, name),
            TarEntryFormat.Ustar => new UstarTarEntry(type, name),
            TarEntryFormat.Gnu => new GnuTarEntry(type, name),
            _ => new PaxTarEntry(type, name),
        };
        if (type != TarEntryType.Directory)
            entry.DataStream = new MemoryStream(content);
        return entry;
    }
}
