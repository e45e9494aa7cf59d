using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;

namespace LlavaMod.Data;

/// <summary>Samples by number, with the pictures that they name. Safe to use from several threads.</summary>
public interface IDataset : IDisposable
{
    /// <summary>How many samples there are.</summary>
    int Count { get; }

    /// <summary>The pictures that the samples name.</summary>
    IImageSource Images { get; }

    /// <summary>SHA-256 of what the samples were read or generated from, in lower-case hex; goes into a run's manifest.</summary>
    string ContentHash { get; }

    /// <summary>The rows that were left out because they are broken; empty unless the recipe asked to collect them.</summary>
    IReadOnlyList<DataError> Errors { get; }
}

/// <summary>Samples of one type by number.</summary>
/// <typeparam name="T"><see cref="Sample"/> or <see cref="PreferencePair"/>.</typeparam>
public interface IDataset<out T> : IDataset
{
    /// <summary>The sample of a number from 0 to <see cref="IDataset.Count"/> - 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    T this[int index] { get; }
}
