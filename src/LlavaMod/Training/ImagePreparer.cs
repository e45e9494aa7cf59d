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
        var values = GC.AllocateUninitializedArray<float>(preprocessor.ValueCount);
        if (source is IDrawnImages drawn) preprocessor.Apply(drawn.Draw(name), values);
        else preprocessor.Apply(source.Read(name), name, values);
        return new PreparedImage($"{dataset}/{name}", values);
    }
}
