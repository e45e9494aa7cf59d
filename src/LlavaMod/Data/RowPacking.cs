namespace LlavaMod.Data;

/// <summary>
/// Where samples lie in the rows of a batch: each in a row of its own, or packed, all of them one behind the other in a single row. That one has no
/// padding at all, and since attention walks over blocks and the keys that these see, it costs no more than its samples.
/// </summary>
internal sealed class RowPacking
{
    private RowPacking((int Row, int Start)[] places, int rows, int length) => (Places, Rows, Length) = (places, rows, length);

    /// <summary>The row of each sample, and where in it the sample starts.</summary>
    public (int Row, int Start)[] Places { get; }

    /// <summary>How many rows there are.</summary>
    public int Rows { get; }

    /// <summary>The longest row.</summary>
    public int Length { get; }

    /// <summary>A row for each sample.</summary>
    public static RowPacking Apart(IReadOnlyList<int> lengths) => new([.. lengths.Select((_, sample) => (sample, 0))], lengths.Count, lengths.Max());

    /// <summary>One row for all, in their order.</summary>
    public static RowPacking Together(IReadOnlyList<int> lengths)
    {
        var places = new (int Row, int Start)[lengths.Count];
        int end = 0;
        for (int sample = 0; sample < places.Length; sample++)
        {
            places[sample] = (0, end);
            end += lengths[sample];
        }
        return new(places, 1, end);
    }
}
