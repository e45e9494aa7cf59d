namespace LlavaMod.Data.World;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014), keyed by seed, stream and index: the same numbers on every platform and runtime version, and
/// no draw of one scene shifts another's.
/// </summary>
internal sealed class WorldRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong state;

    public WorldRandom(long seed, WorldStream stream, WorldSplit split, long index) =>
        state = Mix(Mix(Mix((ulong)seed + Golden) + ((ulong)stream * 16) + (ulong)split) + (ulong)index);

    public WorldRandom(ulong key) => state = Mix(key);

    /// <summary>64 uniform bits.</summary>
    public ulong Next() => Mix(state += Golden);

    /// <summary>0 to <paramref name="count"/> - 1. The bias of the multiplication is below count / 2^32.</summary>
    public int Below(int count) => (int)(((Next() >> 32) * (ulong)count) >> 32);

    public bool Chance(double probability) => (Next() >> 11) * (1.0 / (1UL << 53)) < probability;

    public bool Coin() => (Next() >> 63) == 0;

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    public void Shuffle<T>(Span<T> items)
    {
        for (var last = items.Length - 1; last > 0; last--)
        {
            var other = Below(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    /// <summary>SplitMix64's finaliser: a bijection that spreads every input bit over all output bits.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
