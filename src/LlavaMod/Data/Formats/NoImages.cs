using LlavaMod.Data.Images;

namespace LlavaMod.Data.Formats;

/// <summary>The pictures of a dataset that has none.</summary>
internal sealed class NoImages : IImageSource
{
    public static NoImages Instance { get; } = new();

    public bool Contains(string name) => false;

    public byte[] Read(string name) => throw new UserError($"image '{name}' is asked for, and the dataset has no images; give it 'images'");

    public void Dispose()
    {
    }
}
