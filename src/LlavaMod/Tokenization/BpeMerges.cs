namespace LlavaMod.Tokenization;

/// <summary>
/// The merges of a byte-pair encoding, and their application to a word: again and again the adjacent pair of the lowest rank becomes
/// one token, the leftmost first among equals, until no pair has a rank (Sennrich et al. 2016, 1508.07909, algorithm 1).
/// </summary>
internal sealed class BpeMerges
{
    // Up to here a scan for the lowest rank beats a queue; words are a few bytes long. Hostile ones are not, and get the queue.
    private const int ScannedLength = 128;
    private const int Never = int.MaxValue;

    private readonly Dictionary<ulong, int> rankOf;
    private readonly int[] resultOf;

    /// <param name="pairs">(left token, right token, their concatenation), the first of rank 0.</param>
    public BpeMerges(IReadOnlyList<(int Left, int Right, int Result)> pairs)
    {
        Pairs = pairs;
        resultOf = new int[pairs.Count];
        rankOf = new Dictionary<ulong, int>(pairs.Count);
        for (var rank = 0; rank < pairs.Count; rank++)
        {
            resultOf[rank] = pairs[rank].Result;
            rankOf.Add(Key(pairs[rank].Left, pairs[rank].Right), rank);
        }
    }

    /// <summary>The merges in order of rank.</summary>
    public IReadOnlyList<(int Left, int Right, int Result)> Pairs { get; }

    /// <summary>Merges the tokens of one word in place; returns how many are left, at the front of <paramref name="tokens"/>.</summary>
    public int Apply(Span<int> tokens) => tokens.Length <= ScannedLength ? ApplyByScan(tokens) : ApplyByQueue(tokens);

    /// <summary>The reference: scans for the lowest rank before every merge, O(n²).</summary>
    internal int ApplyByScan(Span<int> tokens)
    {
        var count = tokens.Length;
        var ranks = count <= ScannedLength ? stackalloc int[ScannedLength] : new int[count];
        for (var i = 0; i < count; i++)
            ranks[i] = RankAt(tokens, i, count);
        while (count > 1)
        {
            var best = Lowest(ranks[..(count - 1)]);
            if (ranks[best] == Never)
                break;
            tokens[best] = resultOf[ranks[best]];
            tokens[(best + 2)..count].CopyTo(tokens[(best + 1)..]);
            ranks[(best + 2)..count].CopyTo(ranks[(best + 1)..]);
            count--;
            ranks[best] = RankAt(tokens, best, count);
            if (best > 0)
                ranks[best - 1] = RankAt(tokens, best - 1, count);
        }
        return count;
    }

    /// <summary>The same by a queue of candidate pairs over a linked list, O(n log n).</summary>
    internal int ApplyByQueue(Span<int> tokens)
    {
        var next = new int[tokens.Length];
        var previous = new int[tokens.Length];
        var queue = new PriorityQueue<(int At, int Rank), (int Rank, int At)>(tokens.Length);
        for (var i = 0; i < tokens.Length; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1);
            Enqueue(queue, tokens, i, i + 1);
        }
        while (queue.TryDequeue(out var pair, out _))
        {
            var right = next[pair.At];
            // Stale: the left or the right token has merged with another one since this pair was seen.
            if (right == 0 || right >= tokens.Length || Rank(tokens[pair.At], tokens[right]) != pair.Rank)
                continue;
            tokens[pair.At] = resultOf[pair.Rank];
            next[pair.At] = next[right];
            if (next[right] < tokens.Length)
                previous[next[right]] = pair.At;
            next[right] = 0; // gone: no living token is followed by the first one
            if (previous[pair.At] >= 0)
                Enqueue(queue, tokens, previous[pair.At], pair.At);
            Enqueue(queue, tokens, pair.At, next[pair.At]);
        }
        return Compact(tokens, next);
    }

    private void Enqueue(PriorityQueue<(int At, int Rank), (int Rank, int At)> queue, Span<int> tokens, int left, int right)
    {
        if (right < tokens.Length && Rank(tokens[left], tokens[right]) is var rank && rank != Never)
            queue.Enqueue((left, rank), (rank, left));
    }

    private static int Compact(Span<int> tokens, int[] next)
    {
        var count = 0;
        for (var at = 0; at < tokens.Length; at = next[at])
            tokens[count++] = tokens[at];
        return count;
    }

    private static int Lowest(ReadOnlySpan<int> ranks)
    {
        var best = 0;
        for (var i = 1; i < ranks.Length; i++)
            if (ranks[i] < ranks[best])
                best = i;
        return best;
    }

    private int RankAt(ReadOnlySpan<int> tokens, int at, int count) => at + 1 < count ? Rank(tokens[at], tokens[at + 1]) : Never;

    private int Rank(int left, int right) => rankOf.TryGetValue(Key(left, right), out var rank) ? rank : Never;

    private static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;
}
