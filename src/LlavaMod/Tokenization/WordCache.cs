namespace LlavaMod.Tokenization;

/// <summary>
/// The ids of words that were seen before. Common words come early in any text, so it simply stops growing where it is full. Safe to use
/// from many threads; a hit allocates nothing.
/// </summary>
internal sealed class WordCache
{
    private const int Slots = 1 << 17, Probes = 4, LongestWord = 48;

    private readonly Entry?[] entries = new Entry?[Slots];

    /// <summary>The ids of a word; false where it is unknown.</summary>
    public bool TryGet(ReadOnlySpan<char> word, out ReadOnlySpan<int> ids)
    {
        if (word.Length <= LongestWord)
        {
            var hash = Hash(word);
            for (var probe = 0; probe < Probes; probe++)
            {
                if (Volatile.Read(ref entries[Slot(hash, probe)]) is not { } entry)
                    break;
                if (entry.Hash == hash && word.SequenceEqual(entry.Word))
                {
                    ids = entry.Ids;
                    return true;
                }
            }
        }
        ids = default;
        return false;
    }

    /// <summary>Remembers a word where there is room.</summary>
    public void Add(ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        if (word.Length > LongestWord)
            return;
        var hash = Hash(word);
        for (var probe = 0; probe < Probes; probe++)
        {
            ref var place = ref entries[Slot(hash, probe)];
            if (Volatile.Read(ref place) is null && Interlocked.CompareExchange(ref place, new Entry(hash, word.ToString(), ids.ToArray()), null) is null)
                return;
        }
    }

    private static int Slot(uint hash, int probe) => (int)((hash + (uint)probe) & (Slots - 1));

    // Multiply and fold; two words of one hash cost a comparison, and no more than a few places are ever looked at.
    private static uint Hash(ReadOnlySpan<char> word)
    {
        ulong hash = (ulong)word.Length * 0x9E3779B97F4A7C15;
        foreach (var letter in word)
            hash = (hash ^ letter) * 0xD6E8FEB86659FD93;
        return (uint)(hash >> 32);
    }

    private sealed record Entry(uint Hash, string Word, int[] Ids);
}
