namespace LlavaMod.Data.Formats;

/// <summary>One row of a data file that cannot be used, and why.</summary>
/// <param name="File">The file.</param>
/// <param name="Row">The row, counted from 1: an element of the JSON array, or a line of JSONL.</param>
/// <param name="Id">The row's id, or null where it has none.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record DataError(string File, long Row, string? Id, string Reason)
{
    /// <summary>All of it in one line.</summary>
    public override string ToString() => Id is null ? $"{File}: row {Row}: {Reason}" : $"{File}: row {Row} (id {Id}): {Reason}";
}
