namespace LlavaMod.Data.World;

/// <summary>
/// <see cref="SplitMix64"/>, keyed by seed, stream and index: the same numbers on every platform and runtime version, and
/// no draw of one scene shifts another's.
/// </summary>
internal sealed class WorldRandom
{
    private ulong state;

    public WorldRandom(long seed, WorldStream stream, WorldSplit split, long index) =>
        state = SplitMix64.Finish(SplitMix64.Finish(SplitMix64.Finish((ulong)seed + SplitMix64.Step) + ((ulong)stream * 16) + (ulong)split) + (ulong)index);

    public WorldRandom(ulong key) => state = SplitMix64.Finish(key);

    /// <summary>64 uniform bits.</summary>
    public ulong Next() => SplitMix64.Next(ref state);

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
}
