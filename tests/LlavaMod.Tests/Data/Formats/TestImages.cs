using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Data.Formats;

/// <summary>Image names without images; null stands for every name.</summary>
internal sealed class TestImages(params string[]? names) : IImageSource
{
    public bool Contains(string name) => names?.Contains(name) ?? true;

    public byte[] Read(string name) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
