namespace LlavaMod.Data.Checking;

/// <summary>Rows that have something in common with an earlier one.</summary>
/// <param name="Count">How many such rows there are; the first of its kind is none.</param>
/// <param name="First">The first of them, each with the row that it repeats, by number in the dataset from 0.</param>
public sealed record Repeats(int Count, IReadOnlyList<(int Row, int Repeats)> First);

/// <summary>Finds equal values among millions by sorting them.</summary>
internal sealed class RepeatFinder(int most)
{
    private const int Shown = 10;

    private long[] values = new long[most];
    private int[] rows = new int[most];
    private int count;

    public void Add(long value, int row) => (values[count], rows[count++]) = (value, row);

    /// <summary>Finds them, and lets go of the values.</summary>
    public Repeats Find()
    {
        Array.Sort(values, rows, 0, count);
        var found = new List<(int Row, int Repeats)>();
        for (int i = 0, next; i < count; i = next)
        {
            for (next = i + 1; next < count && values[next] == values[i]; next++)
            {
            }
            if (next > i + 1)
                Collect(rows.AsSpan(i, next - i), found);
        }
        (values, rows) = ([], []);
        return new Repeats(found.Count, [.. found.Order().Take(Shown)]);
    }

    private static void Collect(Span<int> equal, List<(int Row, int Repeats)> found)
    {
        equal.Sort();
        foreach (var row in equal[1..])
            found.Add((row, equal[0]));
    }
}
