namespace LlavaMod.Tokenization;

/// <summary>
/// Learns the merges of a byte-pair encoding: the pair that occurs most often in all words becomes a token, and so on
/// (Sennrich et al. 2016, 1508.07909, algorithm 1). Of equally frequent pairs the one of the smaller token ids is taken, so that the result
/// depends on the words and their counts alone, not on their order.
/// </summary>
internal sealed class BpeTrainer
{
    private readonly List<Word> words;
    private readonly Dictionary<(int Left, int Right), long> counts = [];
    private readonly Dictionary<(int Left, int Right), HashSet<int>> placesOf = [];
    private readonly PriorityQueue<(int Left, int Right), (long Count, int Left, int Right)> queue = new(new MostFrequentFirst());

    /// <param name="words">Words as tokens, and how often each occurs.</param>
    public BpeTrainer(IEnumerable<(int[] Tokens, long Count)> words)
    {
        this.words = [.. words.Select(word => new Word(word.Tokens, word.Count))];
        for (var i = 0; i < this.words.Count; i++)
            AddPairs(i);
        foreach (var pair in counts.Keys)
            Enqueue(pair);
    }

    /// <summary>
    /// Makes the next merge, whose token <paramref name="tokenOf"/> names; false where no pair occurs twice, because a token that is seen
    /// once teaches nothing.
    /// </summary>
    public bool TryMerge(Func<(int Left, int Right), int> tokenOf, out (int Left, int Right, int Result) merge)
    {
        while (queue.TryDequeue(out var pair, out var queued))
        {
            var count = counts.GetValueOrDefault(pair);
            if (count < 2)
                continue;
            if (count == queued.Count)
            {
                merge = (pair.Left, pair.Right, tokenOf(pair));
                Merge(pair, merge.Result);
                return true;
            }
            Enqueue(pair); // it has become rarer since it was queued
        }
        merge = default;
        return false;
    }

    private void Merge((int Left, int Right) pair, int result)
    {
        var touched = new HashSet<(int, int)>();
        foreach (var index in placesOf[pair].Order())
        {
            RemovePairs(index);
            words[index] = words[index] with { Tokens = Replace(words[index].Tokens, pair, result) };
            AddPairs(index, touched);
        }
        foreach (var other in touched)
            Enqueue(other);
    }

    private static int[] Replace(int[] tokens, (int Left, int Right) pair, int result)
    {
        var merged = new List<int>(tokens.Length);
        for (var i = 0; i < tokens.Length; i++)
        {
            var here = i + 1 < tokens.Length && tokens[i] == pair.Left && tokens[i + 1] == pair.Right;
            merged.Add(here ? result : tokens[i]);
            if (here)
                i++;
        }
        return [.. merged];
    }

    private void AddPairs(int index, HashSet<(int, int)>? touched = null)
    {
        var (tokens, count) = words[index];
        for (var i = 0; i + 1 < tokens.Length; i++)
        {
            var pair = (tokens[i], tokens[i + 1]);
            counts[pair] = counts.GetValueOrDefault(pair) + count;
            if (!placesOf.TryGetValue(pair, out var places))
                placesOf[pair] = places = [];
            places.Add(index);
            touched?.Add(pair);
        }
    }

    private void RemovePairs(int index)
    {
        var (tokens, count) = words[index];
        for (var i = 0; i + 1 < tokens.Length; i++)
        {
            var pair = (tokens[i], tokens[i + 1]);
            counts[pair] -= count;
            placesOf[pair].Remove(index);
        }
    }

    private void Enqueue((int Left, int Right) pair) => queue.Enqueue(pair, (counts[pair], pair.Left, pair.Right));

    private readonly record struct Word(int[] Tokens, long Count);

    private sealed class MostFrequentFirst : IComparer<(long Count, int Left, int Right)>
    {
        public int Compare((long Count, int Left, int Right) a, (long Count, int Left, int Right) b)
            => a.Count != b.Count ? b.Count.CompareTo(a.Count) : (a.Left, a.Right).CompareTo((b.Left, b.Right));
    }
}
