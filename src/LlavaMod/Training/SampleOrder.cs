namespace LlavaMod.Training;

/// <summary>
/// A seeded shuffle, new for every pass over the data, as a function of the position alone: going on at any position needs no history.
/// </summary>
internal sealed class SampleOrder(string seed, int count)
{
    private long epoch = -1;
    private int[] permutation = [];

    /// <summary>The sample at a position, counted on through the passes.</summary>
    public int At(long position)
    {
        long wanted = position / count;
        if (wanted != epoch) Shuffle(epoch = wanted);
        return permutation[position % count];
    }

    // Fisher-Yates with SplitMix64, so that the order is the same on every platform and version of .NET.
    private void Shuffle(long pass)
    {
        ulong state = Seeds.Of($"{seed}/{pass}");
        permutation = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = (int)(Next(ref state) % (ulong)(i + 1));
            (permutation[i], permutation[j]) = (permutation[j], permutation[i]);
        }
    }

    private static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
