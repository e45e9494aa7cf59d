namespace LlavaMod.Data.Formats;

/// <summary>One row of a data file that cannot be used, and why. What it quotes of the file is made fit for a message.</summary>
/// <param name="File">The file.</param>
/// <param name="Row">The row, counted from 1: an element of the JSON array, or a line of JSONL.</param>
/// <param name="Id">The row's id, or null where it has none; of a long one 200 characters, control characters as <c>\uXXXX</c>.</param>
/// <param name="Reason">What is wrong with it; of a long one 1,000 characters, likewise.</param>
public sealed record DataError(string File, long Row, string? Id, string Reason)
{
    internal const int LongestId = 200;
    private const int LongestReason = 1000;

    /// <summary>The row's id, or null where it has none.</summary>
    public string? Id { get; } = Id is null ? null : OneLine.Of(Id, LongestId);

    /// <summary>What is wrong with it.</summary>
    public string Reason { get; } = OneLine.Of(Reason, LongestReason);

    /// <summary>All of it in one line.</summary>
    public override string ToString() => Id is null ? $"{File}: row {Row}: {Reason}" : $"{File}: row {Row} (id {Id}): {Reason}";
}
