namespace LlavaMod.Training;

/// <summary>
/// A seeded permutation of 0 .. count - 1 that takes no memory: a Feistel network over the next larger square of a power of two, walked until it
/// lands within the range (Black and Rogaway 2002, "Ciphers with arbitrary finite domains").
/// </summary>
internal sealed class IndexPermutation
{
    private const int Rounds = 6;

    private readonly ulong count;
    private readonly int halfBits;
    private readonly ulong halfMask;
    private readonly ulong[] keys = new ulong[Rounds];

    /// <summary>Prepares the permutation of a seed.</summary>
    /// <param name="seed">What the permutation depends on.</param>
    /// <param name="count">1 or more.</param>
    public IndexPermutation(string seed, int count)
    {
        this.count = (ulong)count;
        while (1L << (2 * halfBits) < count) halfBits++;
        halfMask = (1UL << halfBits) - 1;
        ulong state = Seeds.Of(seed);
        for (int round = 0; round < Rounds; round++) keys[round] = SplitMix64.Next(ref state);
    }

    /// <summary>Where the permutation takes an index.</summary>
    public int At(int index)
    {
        // The network's range is at most four times as large, so that a walk has four steps on average at most.
        ulong value = (ulong)index;
        do value = Permute(value); while (value >= count);
        return (int)value;
    }

    private ulong Permute(ulong value)
    {
        ulong left = value >> halfBits, right = value & halfMask;
        foreach (ulong key in keys) (left, right) = (right, left ^ (SplitMix64.Mix(right ^ key) & halfMask));
        return left << halfBits | right;
    }
}
