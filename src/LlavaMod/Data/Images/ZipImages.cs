using System.IO.Compression;

namespace LlavaMod.Data.Images;

/// <summary>Image files straight from a .zip, by their full names in it. Nothing is unpacked to disk.</summary>
public sealed class ZipImages : IImageSource
{
    private const int MostPacked = 1032; // bytes that a byte of deflate can stand for

    private readonly string path;
    private readonly long fileLength;
    private readonly long maxBytes;
    private readonly ZipArchive archive;
    private readonly Dictionary<string, ZipArchiveEntry> entries;
    private readonly Lock gate = new(); // an archive reads one entry at a time

    /// <param name="path">The archive.</param>
    /// <param name="maxBytes">The largest file in it that is read; null for that of <see cref="ImageLimits.Default"/>.</param>
    /// <exception cref="UserError">The archive is missing or corrupt, or two files in it have one name.</exception>
    public ZipImages(string path, long? maxBytes = null)
    {
        (this.path, this.maxBytes) = (path, maxBytes ?? ImageLimits.Default.MaxBytes);
        archive = Open(path);
        fileLength = new FileInfo(path).Length;
        try
        {
            entries = Index();
        }
        catch (InvalidDataException e)
        {
            archive.Dispose();
            throw new UserError($"the archive {path} cannot be opened: {e.Message}", e);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Contains(string name) => entries.ContainsKey(name);

    /// <inheritdoc/>
    public byte[] Read(string name)
    {
        if (!entries.TryGetValue(name, out var entry))
            throw new UserError($"{path} has no image '{name}'");
        if (entry.Length > maxBytes)
            throw new UserError($"the image '{name}' in {path} has {entry.Length:N0} bytes; at most {maxBytes:N0} are read");
        if (entry.Length / MostPacked > Math.Min(entry.CompressedLength, fileLength))
            throw new UserError($"the image '{name}' in {path} says that {entry.CompressedLength:N0} bytes unpack to {entry.Length:N0}, which nothing does");
        try
        {
            lock (gate)
                return Unpack(entry);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException)
        {
            throw new UserError($"the image '{name}' in {path} cannot be unpacked: {e.Message}", e);
        }
    }

    /// <summary>Closes the archive.</summary>
    public void Dispose() => archive.Dispose();

    // The size in the directory is only a promise; the checksum tells whether the file is what was packed.
    private static byte[] Unpack(ZipArchiveEntry entry)
    {
        var bytes = new byte[entry.Length];
        using (var stream = entry.Open())
            stream.ReadExactly(bytes);
        return Crc32.Of(bytes) == entry.Crc32 ? bytes : throw new InvalidDataException("its checksum is wrong.");
    }

    private static ZipArchive Open(string path)
    {
        try
        {
            return ZipFile.OpenRead(path);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UserError($"the archive {path} cannot be opened: {e.Message}", e);
        }
    }

    private Dictionary<string, ZipArchiveEntry> Index()
    {
        var index = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
        foreach (var entry in archive.Entries)
            if (!entry.FullName.EndsWith('/') && !index.TryAdd(entry.FullName, entry))
                throw new UserError($"the archive {path} holds '{entry.FullName}' twice");
        return index;
    }
}
