namespace LlavaMod.Data;

/// <summary>
/// Where samples lie in the rows of a batch. Packed, the longest comes first and each goes into the first row that has room for it (first-fit
/// decreasing); then rows are made as short as their number allows, so that all of them end near each other and little is padded.
/// </summary>
internal sealed class RowPacking
{
    private readonly int[] ends; // by row

    private RowPacking(IReadOnlyList<int> lengths, int capacity)
    {
        Places = new (int Row, int Start)[lengths.Count];
        var rows = new List<int>();
        foreach (int sample in Enumerable.Range(0, lengths.Count).OrderByDescending(sample => lengths[sample]))
        {
            int row = rows.FindIndex(end => end + lengths[sample] <= capacity);
            if (row < 0)
            {
                row = rows.Count;
                rows.Add(0);
            }
            Places[sample] = (row, rows[row]);
            rows[row] += lengths[sample];
        }
        ends = [.. rows];
    }

    private RowPacking(IReadOnlyList<int> lengths)
    {
        Places = [.. lengths.Select((_, sample) => (sample, 0))];
        ends = [.. lengths];
    }

    /// <summary>The row of each sample, and where in it the sample starts.</summary>
    public (int Row, int Start)[] Places { get; }

    /// <summary>How many rows there are.</summary>
    public int Rows => ends.Length;

    /// <summary>The longest row.</summary>
    public int Length => ends.Max();

    /// <summary>A row for each sample.</summary>
    public static RowPacking Apart(IReadOnlyList<int> lengths) => new(lengths);

    /// <summary>Several samples in a row.</summary>
    /// <param name="lengths">Of the samples, each at most <paramref name="capacity"/>.</param>
    /// <param name="capacity">Longest row.</param>
    public static RowPacking Together(IReadOnlyList<int> lengths, int capacity)
    {
        var best = new RowPacking(lengths, capacity);
        int least = Math.Max(lengths.Max(), (lengths.Sum() + best.Rows - 1) / best.Rows), most = best.Length;
        while (least < most)
        {
            int tried = least + (most - least) / 2;
            var packing = new RowPacking(lengths, tried);
            if (packing.Rows <= best.Rows) (best, most) = (packing, packing.Length);
            else least = tried + 1;
        }
        return best;
    }
}
