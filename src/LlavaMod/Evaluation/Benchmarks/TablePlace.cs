namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>Where a row stands in a table.</summary>
/// <param name="Path">The table.</param>
/// <param name="Number">The row's place among the others, from 1.</param>
/// <param name="Header">The names of the columns.</param>
/// <param name="Start">Its first byte in the file, decompressed.</param>
/// <param name="End">The first byte behind it.</param>
internal sealed record TablePlace(string Path, int Number, IReadOnlyList<string> Header, long Start, long End)
{
    /// <summary>An error about the row.</summary>
    public UserError Complaint(string what) => new($"{Path}: row {Number} {what}");
}
