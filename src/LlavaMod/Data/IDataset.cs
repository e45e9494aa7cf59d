using LlavaMod.Data.Formats;
using LlavaMod.Data.Images;

namespace LlavaMod.Data;

/// <summary>Samples by number, with the pictures that they name. Safe to use from several threads.</summary>
public interface IDataset : IDisposable
{
    /// <summary>How many rows there are, broken ones included: a row is read when it is asked for.</summary>
    int Count { get; }

    /// <summary>The pictures that the samples name.</summary>
    IImageSource Images { get; }

    /// <summary>SHA-256 of what the samples were read or generated from, in lower-case hex; goes into a run's manifest.</summary>
    string ContentHash { get; }

    /// <summary>The rows that turned out to be unusable so far.</summary>
    BrokenRows Broken { get; }

    /// <summary>Says that a row is broken for what its reader found, such as a picture that cannot be decoded.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    /// <param name="id">The sample's id.</param>
    /// <param name="reason">What is wrong with it.</param>
    /// <returns>What to throw for it.</returns>
    /// <exception cref="UserError">A broken row ends the run.</exception>
    BrokenRowException Reject(int index, string? id, string reason);
}

/// <summary>Samples of one type by number.</summary>
/// <typeparam name="T"><see cref="Sample"/> or <see cref="PreferencePair"/>.</typeparam>
public interface IDataset<out T> : IDataset
{
    /// <summary>The sample of a number from 0 to <see cref="IDataset.Count"/> - 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    /// <exception cref="BrokenRowException">The row is broken and may be left out; whoever uses the dataset counts it.</exception>
    /// <exception cref="UserError">The row is broken, and that ends the run.</exception>
    T this[int index] { get; }
}
