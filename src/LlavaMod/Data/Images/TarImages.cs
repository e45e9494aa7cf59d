namespace LlavaMod.Data.Images;

/// <summary>Image files straight from a .tar, by their names in it; of a leading <c>./</c> nothing is left. Nothing is unpacked to disk.</summary>
public sealed class TarImages : IImageSource
{
    private readonly string path;
    private readonly long maxBytes;
    private readonly FileStream archive;
    private readonly Dictionary<string, TarEntry> entries = new(StringComparer.Ordinal);

    /// <param name="path">The archive, not compressed.</param>
    /// <param name="maxBytes">The largest file in it that is read; null for that of <see cref="ImageLimits.Default"/>.</param>
    /// <exception cref="UserError">The archive is missing or corrupt, or two files in it have one name.</exception>
    public TarImages(string path, long? maxBytes = null)
    {
        (this.path, this.maxBytes) = (path, maxBytes ?? ImageLimits.Default.MaxBytes);
        archive = Open(path);
        try
        {
            Index();
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
        return entry.Read(archive.SafeFileHandle) ?? throw new UserError($"the image '{name}' in {path} is cut short; get the whole archive");
    }

    /// <summary>Closes the archive.</summary>
    public void Dispose() => archive.Dispose();

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"the archive {path} cannot be opened: {e.Message}", e);
        }
    }

    private void Index()
    {
        var reader = new TarReader(archive.SafeFileHandle, path);
        while (reader.Next(out var entry))
            if (!entries.TryAdd(entry.Name, entry))
                throw new UserError($"the archive {path} holds '{entry.Name}' twice");
    }
}
