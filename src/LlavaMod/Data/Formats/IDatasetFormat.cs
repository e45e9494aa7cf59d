using LlavaMod.Data.Images;

namespace LlavaMod.Data.Formats;

/// <summary>
/// A way to get a dataset, made from the options that a recipe gives. The result is an <see cref="IDataset{T}"/> of
/// <see cref="Sample"/>, or of <see cref="PreferencePair"/> where its options say so (<see cref="IDatasetOptions.YieldsPairs"/>).
/// </summary>
public interface IDatasetFormat
{
    /// <summary>Reads or generates the dataset. The caller disposes it, and with it its pictures.</summary>
    /// <param name="openImages">Opens the pictures of a folder or .zip, given its path.</param>
    /// <exception cref="UserError">It cannot be read, or a row of it is broken.</exception>
    IDataset Open(Func<string, IImageSource> openImages);
}
