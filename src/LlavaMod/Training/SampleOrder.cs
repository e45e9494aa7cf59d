namespace LlavaMod.Training;

/// <summary>
/// A seeded shuffle, new for every pass over the data, as a function of the position alone: going on at any position needs no history. Up to
/// <see cref="MostInMemory"/> samples it is an array of indices; beyond, a permutation that takes no memory.
/// </summary>
internal sealed class SampleOrder(string seed, int count) : ISampleOrder
{
    /// <summary>Most samples whose order is kept as an array, of 32 MB then.</summary>
    public const int MostInMemory = 1 << 23;

    private long pass = -1;
    private int[] shuffled = [];
    private IndexPermutation? permutation;

    /// <inheritdoc/>
    public (long Pass, int Index) At(long position)
    {
        if (position / count != pass) Turn(position / count);
        int place = (int)(position % count);
        return (pass, permutation?.At(place) ?? shuffled[place]);
    }

    private void Turn(long to)
    {
        pass = to;
        string name = $"{seed}/{pass}";
        if (count > MostInMemory)
        {
            permutation = new IndexPermutation(name, count);
            return;
        }
        if (shuffled.Length == 0) shuffled = new int[count];
        for (int i = 0; i < count; i++) shuffled[i] = i;
        SplitMix64.Shuffle<int>(shuffled, Seeds.Of(name));
    }
}
