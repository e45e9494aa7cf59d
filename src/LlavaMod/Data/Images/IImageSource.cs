namespace LlavaMod.Data.Images;

/// <summary>Encoded image files by name, from a folder, an archive or memory. Safe to use from several threads.</summary>
public interface IImageSource : IDisposable
{
    /// <summary>Whether an image of this name exists.</summary>
    bool Contains(string name);

    /// <summary>The encoded file (the bytes of a picture in any format that <see cref="ImageDecoder"/> reads).</summary>
    /// <exception cref="UserError">No such image, a name that leaves the source's root, or a file over the size limit.</exception>
    byte[] Read(string name);
}
