namespace LlavaMod.Data.Formats;

/// <summary>Where one row of a file lies.</summary>
/// <param name="Row">Counted from 1.</param>
/// <param name="Offset">In bytes from the start of the file.</param>
/// <param name="Length">In bytes.</param>
internal readonly record struct RowSpan(long Row, long Offset, int Length);
