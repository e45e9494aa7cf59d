using System.Buffers;
using System.Numerics.Tensors;

namespace LlavaMod.Tokenization;

/// <summary>
/// The merges of a byte-pair encoding, and their application to a word: again and again the adjacent pair of the lowest rank becomes
/// one token, the leftmost first among equals, until no pair has a rank (Sennrich et al. 2016, 1508.07909, algorithm 1).
/// </summary>
internal sealed class BpeMerges
{
    // Up to here a scan for the lowest rank beats a queue; words are a few bytes long. Hostile ones are not, and get the queue.
    private const int ScannedLength = 128;
    private const int Never = PairTable.Never;

    private readonly PairTable table;

    /// <param name="pairs">(left token, right token, what they become); no pair twice.</param>
    /// <param name="ranks">The rank of each, 0 or more; null where each has its own, in their order.</param>
    public BpeMerges(IReadOnlyList<(int Left, int Right, int Result)> pairs, IReadOnlyList<int>? ranks = null)
    {
        table = new PairTable(pairs.Count);
        for (var i = 0; i < pairs.Count; i++)
            table.Add(pairs[i].Left, pairs[i].Right, ranks?[i] ?? i, pairs[i].Result);
    }

    /// <summary>Merges the tokens of one word in place; returns how many are left, at the front of <paramref name="tokens"/>.</summary>
    public int Apply(Span<int> tokens) => tokens.Length <= ScannedLength ? ApplyByScan(tokens) : ApplyByQueue(tokens);

    /// <summary>The reference: scans for the lowest rank before every merge, O(n²).</summary>
    internal int ApplyByScan(Span<int> tokens)
    {
        var count = tokens.Length;
        var ranks = count <= ScannedLength ? stackalloc int[ScannedLength] : new int[count];
        var results = count <= ScannedLength ? stackalloc int[ScannedLength] : new int[count];
        for (var i = 0; i < count; i++)
            (ranks[i], results[i]) = At(tokens, i, count);
        while (count > 1)
        {
            var best = Lowest(ranks[..(count - 1)]);
            if (ranks[best] == Never)
                break;
            tokens[best] = results[best];
            tokens[(best + 2)..count].CopyTo(tokens[(best + 1)..]);
            ranks[(best + 2)..count].CopyTo(ranks[(best + 1)..]);
            results[(best + 2)..count].CopyTo(results[(best + 1)..]);
            count--;
            (ranks[best], results[best]) = At(tokens, best, count);
            if (best > 0)
                (ranks[best - 1], results[best - 1]) = At(tokens, best - 1, count);
        }
        return count;
    }

    /// <summary>The same by a queue of candidate pairs over a linked list, O(n log n).</summary>
    internal int ApplyByQueue(Span<int> tokens)
    {
        var links = ArrayPool<int>.Shared.Rent(2 * tokens.Length);
        var queue = new PairQueue(3 * tokens.Length);
        try
        {
            return ApplyByQueue(tokens, links.AsSpan(0, tokens.Length), links.AsSpan(tokens.Length, tokens.Length), ref queue);
        }
        finally
        {
            queue.Dispose();
            ArrayPool<int>.Shared.Return(links);
        }
    }

    private int ApplyByQueue(Span<int> tokens, Span<int> next, Span<int> previous, ref PairQueue queue)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1);
            Enqueue(ref queue, tokens, i, i + 1);
        }
        while (queue.TryDequeue(out var at, out var rank))
        {
            var right = next[at];
            // Stale: the left or the right token has merged with another one since this pair was seen.
            if (right == 0 || right >= tokens.Length || table.Find(tokens[at], tokens[right]) is var pair && pair.Rank != rank)
                continue;
            tokens[at] = pair.Result;
            next[at] = next[right];
            if (next[right] < tokens.Length)
                previous[next[right]] = at;
            next[right] = 0; // gone: no living token is followed by the first one
            if (previous[at] >= 0)
                Enqueue(ref queue, tokens, previous[at], at);
            Enqueue(ref queue, tokens, at, next[at]);
        }
        return Compact(tokens, next);
    }

    private void Enqueue(ref PairQueue queue, ReadOnlySpan<int> tokens, int left, int right)
    {
        if (right < tokens.Length && table.Find(tokens[left], tokens[right]).Rank is var rank && rank != Never)
            queue.Enqueue(left, rank);
    }

    private static int Compact(Span<int> tokens, ReadOnlySpan<int> next)
    {
        var count = 0;
        for (var at = 0; at < tokens.Length; at = next[at])
            tokens[count++] = tokens[at];
        return count;
    }

    // The leftmost of the lowest: two passes that the machine takes many at a time.
    private static int Lowest(ReadOnlySpan<int> ranks) => ranks.IndexOf(TensorPrimitives.Min(ranks));

    private (int Rank, int Result) At(ReadOnlySpan<int> tokens, int at, int count)
        => at + 1 < count ? table.Find(tokens[at], tokens[at + 1]) : (Never, 0);
}
