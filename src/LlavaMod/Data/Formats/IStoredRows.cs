namespace LlavaMod.Data.Formats;

/// <summary>A dataset that is read from disk, whose rows can be compared and copied as they are stored.</summary>
public interface IStoredRows
{
    /// <summary>The file that a row is in, and its number there, counted from 1 as <see cref="DataError.Row"/> is.</summary>
    /// <param name="index">From 0 to <see cref="IDataset.Count"/> - 1.</param>
    (string File, long Row) Place(int index);

    /// <summary>The first 64 bits of the SHA-256 of a row as it is stored: equal rows have equal ones.</summary>
    /// <param name="index">From 0 to <see cref="IDataset.Count"/> - 1.</param>
    long Fingerprint(int index);

    /// <summary>Writes rows in the layout that they have, whole or not at all.</summary>
    /// <param name="indices">Which rows, in rising order.</param>
    /// <param name="path">The new file, or the new folder for a dataset of several files.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    void Copy(IEnumerable<int> indices, string path);
}
