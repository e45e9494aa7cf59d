namespace LlavaMod.Data.Images;

/// <summary>
/// Image files under a folder, named by their path from it with <c>/</c> between folders. A name cannot leave the folder, neither by
/// <c>..</c> nor by a link.
/// </summary>
public sealed class FolderImages : IImageSource
{
    private readonly string root;
    private readonly long maxBytes;

    /// <param name="folder">The folder, which may itself be a link.</param>
    /// <param name="maxBytes">The largest file that is read; null for that of <see cref="ImageLimits.Default"/>.</param>
    /// <exception cref="UserError">The folder does not exist.</exception>
    public FolderImages(string folder, long? maxBytes = null)
    {
        if (!Directory.Exists(folder))
            throw new UserError($"the image folder {folder} does not exist");
        root = Target(new DirectoryInfo(Path.GetFullPath(folder)));
        this.maxBytes = maxBytes ?? ImageLimits.Default.MaxBytes;
    }

    /// <inheritdoc/>
    public bool Contains(string name) => Find(name, out var path) is null && File.Exists(path);

    /// <inheritdoc/>
    public byte[] Read(string name) => Find(name, out var path) is { } reason
        ? throw new UserError($"the image '{name}' {reason}")
        : BoundedFile.Read(path, maxBytes);

    /// <summary>Nothing is held.</summary>
    public void Dispose()
    {
    }

    // Why the name is refused, or null and the path. Links are followed one folder at a time, because each may lead outside.
    private string? Find(string name, out string path)
    {
        path = root;
        if (name.Length == 0 || name.Contains('\0') || name.Contains('\\') || Path.IsPathRooted(name))
            return "is not a path inside the image folder";
        foreach (var part in name.Split('/'))
        {
            if (part is "" or "." or "..")
                return "is not a plain path inside the image folder";
            var entry = new FileInfo(Path.Combine(path, part));
            path = Target(entry);
            if (entry.LinkTarget is not null && !path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                return $"leaves the image folder: {entry.FullName} is a link to {path}";
        }
        return null;
    }

    private static string Target(FileSystemInfo entry)
    {
        try
        {
            return entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? entry.FullName;
        }
        catch (IOException)
        {
            return entry.FullName; // a link in a circle: reading it will say so
        }
    }
}
