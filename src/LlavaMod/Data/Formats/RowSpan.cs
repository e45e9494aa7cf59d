namespace LlavaMod.Data.Formats;

/// <summary>Where one row of a file lies. 16 bytes, because a file may have millions.</summary>
/// <param name="Offset">In bytes from the start of the file.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Row">Counted from 1.</param>
internal readonly record struct RowSpan(long Offset, int Length, int Row)
{
    /// <summary>Largest row in bytes.</summary>
    public const int Largest = 8 << 20;
}
