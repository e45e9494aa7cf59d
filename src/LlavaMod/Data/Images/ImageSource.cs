namespace LlavaMod.Data.Images;

/// <summary>Opens image sources.</summary>
public static class ImageSource
{
    /// <summary>The images in a folder, or in a .zip, told apart by what is at <paramref name="path"/>.</summary>
    /// <exception cref="UserError">Nothing is there, or a file that is not a .zip.</exception>
    public static IImageSource Open(string path)
    {
        if (Directory.Exists(path))
            return new FolderImages(path);
        return File.Exists(path)
            ? new ZipImages(path)
            : throw new UserError($"there is no image folder or .zip at {path}");
    }
}
