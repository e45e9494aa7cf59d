using LlavaMod.Data.Images;

namespace LlavaMod.Training;

/// <summary>From an image's name to what the tower takes: read, decode, pad, resize, normalise. Safe to use from several threads.</summary>
/// <param name="preprocessor">The tower's preprocessing.</param>
public sealed class ImagePreparer(ImagePreprocessor preprocessor)
{
    /// <summary>Prepares one image.</summary>
    /// <param name="dataset">Name of the dataset: equal image names of different datasets are different images.</param>
    /// <param name="source">The dataset's images.</param>
    /// <param name="name">The image's name.</param>
    /// <exception cref="UserError">The image is missing or broken.</exception>
    public PreparedImage Prepare(string dataset, IImageSource source, string name)
    {
        var picture = source is IDrawnImages drawn ? drawn.Draw(name) : ImageDecoder.Decode(source.Read(name), name);
        return new PreparedImage($"{dataset}/{name}", preprocessor.Apply(picture));
    }
}
