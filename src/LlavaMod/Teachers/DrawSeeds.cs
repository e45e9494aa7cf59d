namespace LlavaMod.Teachers;

/// <summary>The random numbers of a sample's draws: a function of the cache's seed, the sample and the position, so that a cache can be made again bit for bit.</summary>
internal static class DrawSeeds
{
    /// <summary>Numbers above 0 and up to 1.</summary>
    /// <param name="seed">The cache's seed.</param>
    /// <param name="key">The sample's key.</param>
    /// <param name="position">Which of its positions, from 0.</param>
    /// <param name="numbers">To be filled.</param>
    public static void Fill(long seed, UInt128 key, int position, Span<double> numbers)
    {
        ulong state = SplitMix64.Mix((ulong)seed) ^ (ulong)(key >> 64);
        state = SplitMix64.Mix(state) ^ (ulong)key;
        state = SplitMix64.Mix(state) ^ (uint)position;
        foreach (ref double number in numbers) number = ((SplitMix64.Next(ref state) >> 11) + 1) * (1.0 / (1L << 53));
    }
}
