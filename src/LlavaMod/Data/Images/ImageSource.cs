namespace LlavaMod.Data.Images;

/// <summary>Opens image sources.</summary>
public static class ImageSource
{
    /// <summary>The images in a folder, in a .zip or in a .tar, told apart by what is at <paramref name="path"/>.</summary>
    /// <exception cref="UserError">Nothing is there, or a file that is neither a .zip nor a .tar.</exception>
    public static IImageSource Open(string path)
    {
        if (Directory.Exists(path))
            return new FolderImages(path);
        if (!File.Exists(path))
            throw new UserError($"there is no image folder, .zip or .tar at {path}");
        if (Path.GetExtension(path).ToLowerInvariant() is ".gz" or ".tgz")
            throw new UserError($"{path} is compressed; decompress it to a .tar (gunzip): pictures are read from the middle of an archive");
        return Path.GetExtension(path).Equals(".tar", StringComparison.OrdinalIgnoreCase) ? new TarImages(path) : new ZipImages(path);
    }
}
