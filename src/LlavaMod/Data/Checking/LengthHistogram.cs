namespace LlavaMod.Data.Checking;

/// <summary>How many rows have which length, in tokens. Lengths above <see cref="Longest"/> count as that.</summary>
public sealed class LengthHistogram
{
    /// <summary>The longest length that is told apart.</summary>
    public const int Longest = 1 << 17;

    private readonly long[] counts = new long[Longest + 1];

    /// <summary>Rows counted.</summary>
    public long Count { get; private set; }

    /// <summary>Sum of the lengths.</summary>
    public long Total { get; private set; }

    /// <summary>Rows in steps of powers of two, from the first to the last that has any: up to 16, 32, 64, ... tokens.</summary>
    public IReadOnlyList<(int UpTo, long Rows)> Steps
    {
        get
        {
            var steps = new List<(int UpTo, long Rows)>();
            for (int above = -1, upTo = 16; above < Longest; (above, upTo) = (upTo, upTo * 2))
                steps.Add((upTo, counts.AsSpan((above + 1)..Math.Min(upTo + 1, counts.Length)).ToArray().Sum()));
            var last = steps.FindLastIndex(step => step.Rows > 0);
            return [.. steps.Take(last + 1).SkipWhile(step => step.Rows == 0)];
        }
    }

    /// <summary>Adds a row.</summary>
    public void Add(int length)
    {
        counts[Math.Min(length, Longest)]++;
        Count++;
        Total += length;
    }

    /// <summary>The least length that at least this part of the rows does not exceed; 0 where there is no row.</summary>
    /// <param name="part">From 0 to 1; 1 gives the longest.</param>
    public int Quantile(double part)
    {
        long wanted = (long)Math.Ceiling(part * Count), seen = 0;
        for (var length = 0; length <= Longest; length++)
        {
            seen += counts[length];
            if (seen >= wanted && seen > 0)
                return length;
        }
        return 0;
    }
}
