using System.Numerics;

namespace LlavaMod.Tokenization;

/// <summary>
/// Pairs of tokens to the rank of their merge and what they become: open addressing, at most half full. Most pairs that are asked for do not merge,
/// and a bit for every hash, few enough to stay in a core's cache, says so without a look at the table.
/// </summary>
/// <param name="count">The number of pairs.</param>
internal sealed class PairTable(int count)
{
    /// <summary>The rank of a pair that does not merge.</summary>
    public const int Never = int.MaxValue;

    private const int FilterShare = 2; // the filter has four times as many bits as the table has places

    private readonly Entry[] entries = new Entry[1 << Bits(count)];
    private readonly ulong[] filter = new ulong[Math.Max(1, (1 << (Bits(count) + FilterShare)) / 64)];
    private readonly int shift = 64 - Bits(count);

    /// <summary>Adds a pair.</summary>
    /// <exception cref="ArgumentException">It is there.</exception>
    public void Add(int left, int right, int rank, int result)
    {
        var key = Key(left, right);
        var hash = Hash(key);
        var at = (int)(hash >> shift);
        while (entries[at].IsUsed)
        {
            if (entries[at].Key == key)
                throw new ArgumentException($"The pair ({left}, {right}) is repeated.");
            at = (at + 1) & (entries.Length - 1);
        }
        entries[at] = new Entry(key, ~rank, result);
        filter[hash >> (shift - FilterShare) >> 6] |= 1UL << (int)(hash >> (shift - FilterShare));
    }

    /// <summary>The rank and result of a pair; <see cref="Never"/> where it does not merge.</summary>
    public (int Rank, int Result) Find(int left, int right)
    {
        var key = Key(left, right);
        var hash = Hash(key);
        if ((filter[hash >> (shift - FilterShare) >> 6] & 1UL << (int)(hash >> (shift - FilterShare))) == 0)
            return (Never, 0);
        for (var at = (int)(hash >> shift); ; at = (at + 1) & (entries.Length - 1))
        {
            ref readonly var entry = ref entries[at];
            if (entry.Key == key && entry.IsUsed)
                return (~entry.NotRank, entry.Result);
            if (!entry.IsUsed)
                return (Never, 0);
        }
    }

    private static int Bits(int count) => BitOperations.Log2((uint)Math.Max(count, 1)) + 2;

    private static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    private static ulong Hash(ulong key)
    {
        var mixed = key * 0x9E3779B97F4A7C15;
        return (mixed ^ mixed >> 32) * 0xD6E8FEB86659FD93;
    }

    // The complement of a rank is never 0, so that a cleared entry is an empty one.
    private readonly record struct Entry(ulong Key, int NotRank, int Result)
    {
        public bool IsUsed => NotRank != 0;
    }
}
