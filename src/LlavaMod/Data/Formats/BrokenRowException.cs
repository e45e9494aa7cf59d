namespace LlavaMod.Data.Formats;

/// <summary>
/// The row that was asked for cannot be used, and the dataset's <see cref="OnError"/> lets it be left out: whoever reads the dataset goes on
/// with another row and counts this one. A row that ends the run is a <see cref="UserError"/> instead.
/// </summary>
/// <param name="error">Which row, and why.</param>
/// <param name="count">Books the row with its dataset.</param>
public sealed class BrokenRowException(DataError error, Action? count = null) : Exception(error.ToString())
{
    /// <summary>
    /// Counts the row in <see cref="IDataset.Broken"/>. Rows may be read ahead, by several threads and in any order; they are counted by whoever uses
    /// them, when it does, so that a run fails at the same row each time.
    /// </summary>
    /// <exception cref="UserError">Too large a share of the rows is broken.</exception>
    public void Count() => count?.Invoke();

    /// <summary>Which row, and why.</summary>
    public DataError Error { get; } = error;

    /// <summary>The dataset's name in the recipe, where it has one.</summary>
    public string? Dataset { get; set; }

    /// <summary>What reports call the row: its id, or its file and number where it has none.</summary>
    public string Id => Error.Id ?? $"{Error.File}:{Error.Row}";
}
