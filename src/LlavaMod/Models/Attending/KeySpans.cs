namespace LlavaMod.Models.Attending;

/// <summary>
/// Which keys each query of a pass sees: all from a first to a last one, among the keys of its own sequence, but for one gap. That holds causality,
/// padding on either side, rows of several samples, and two endings of one beginning, without a mask. B sequences of Q queries and S keys; host memory.
/// </summary>
public sealed class KeySpans
{
    private readonly int[] first; // [B * Q]
    private readonly int[] last;  // [B * Q], the last one included
    private readonly (int First, int End)[]? gaps; // [B * Q]; null where no query has one

    /// <summary>Spans from arrays.</summary>
    /// <param name="queries">Q.</param>
    /// <param name="keys">S.</param>
    /// <param name="first">The first key that each query sees, [B * Q], from 0.</param>
    /// <param name="last">The last one, at least the first.</param>
    /// <param name="gaps">
    /// The keys between them that each query does not see, end excluded, [B * Q]; one that ends where it begins is none. Null for none at all.
    /// </param>
    /// <exception cref="ArgumentException">A span is empty or leaves the keys, or a gap its span: every query needs something to look at.</exception>
    public KeySpans(int queries, int keys, int[] first, int[] last, (int First, int End)[]? gaps = null)
    {
        (Queries, Keys, this.first, this.last) = (queries, keys, first, last);
        if (first.Length != last.Length || first.Length % queries != 0) throw new ArgumentException($"{first.Length} and {last.Length} ends of spans of {queries} queries");
        if (gaps is not null && gaps.Length != first.Length) throw new ArgumentException($"{gaps.Length} gaps in {first.Length} spans");
        for (int i = 0; i < first.Length; i++)
        {
            if (first[i] < 0 || last[i] < first[i] || last[i] >= keys) throw new ArgumentException($"query {i} sees keys {first[i]} to {last[i]} of {keys}");
            if (gaps?[i] is var (from, end) && end != from && (from < first[i] || end < from || end > last[i]))
                throw new ArgumentException($"query {i} sees keys {first[i]} to {last[i]}, but not {from} to {end - 1}");
        }
        this.gaps = gaps is not null && Array.TrueForAll(gaps, gap => gap.First == gap.End) ? null : gaps;
    }

    /// <summary>B.</summary>
    public int Batch => first.Length / Queries;

    /// <summary>Q.</summary>
    public int Queries { get; }

    /// <summary>S.</summary>
    public int Keys { get; }

    /// <summary>Whether query t sees keys 0 to t.</summary>
    public bool IsCausal => gaps is null && Queries == Keys && !first.AsSpan().ContainsAnyExcept(0) && Enumerable.Range(0, last.Length).All(i => last[i] == i % Queries);

    /// <summary>As <see cref="IsCausal"/>, but that padding behind the tokens may see less.</summary>
    public bool IsCausalForTokens => gaps is null && Queries == Keys && !first.AsSpan().ContainsAnyExcept(0) && Enumerable.Range(0, last.Length).All(i => last[i] == i % Queries || (i % Queries > 0 && last[i] == last[i - 1]));

    /// <summary>Whether every query sees every key.</summary>
    public bool IsFull => gaps is null && !first.AsSpan().ContainsAnyExcept(0) && !last.AsSpan().ContainsAnyExcept(Keys - 1);

    /// <summary>The first key of every query, [B * Q].</summary>
    public ReadOnlySpan<int> First => first;

    /// <summary>The last key of every query, [B * Q].</summary>
    public ReadOnlySpan<int> Last => last;

    /// <summary>Between them the keys that each query does not see, end excluded, [B * Q]; empty where there are none.</summary>
    public ReadOnlySpan<(int First, int End)> Gaps => gaps;

    /// <summary>Each token sees itself and what is before it.</summary>
    public static KeySpans Causal(int batch, int length) =>
        new(length, length, new int[batch * length], [.. Enumerable.Range(0, batch * length).Select(i => i % length)]);

    /// <summary>Each token sees all tokens.</summary>
    public static KeySpans Full(int batch, int length)
    {
        var last = new int[batch * length];
        Array.Fill(last, length - 1);
        return new(length, length, new int[batch * length], last);
    }

    /// <summary>
    /// Each token sees itself and what is before it in its own sample. Padding behind a sample sees what its last token sees, other padding itself:
    /// nothing looks at padding, but what it gives has to be a number.
    /// </summary>
    /// <param name="samples">The sample at each position, [B * T], and a negative number at padding. Samples lie in one piece.</param>
    /// <param name="length">T.</param>
    /// <param name="endings">
    /// Of samples with two endings: 0 where both are still one, then 1 and 2 in the first and the second one, [B * T]. The second does not see the first.
    /// </param>
    public static KeySpans Of(ReadOnlySpan<int> samples, int length, int[]? endings = null)
    {
        int[] first = new int[samples.Length], last = new int[samples.Length];
        var gaps = endings is null ? null : new (int First, int End)[samples.Length];
        for (int i = 0, start = 0, end = -1, fork = 0, other = 0; i < samples.Length; i++)
        {
            int t = i % length;
            if (t == 0) end = -1;
            if (samples[i] >= 0)
            {
                if (t == 0 || samples[i] != samples[i - 1]) start = fork = other = t;
                end = t;
                if (endings?[i] == 0) fork = other = t + 1;
                if (endings?[i] == 1) other = t + 1;
                if (endings?[i] == 2) gaps![i] = (fork, other);
            }
            (first[i], last[i]) = end < 0 ? (t, t) : (start, end);
        }
        return new(length, length, first, last, gaps);
    }

    /// <summary>Those of some queries: indices into [B * Q], as many of each sequence, sequence by sequence.</summary>
    public KeySpans Of(long[] chosen) => new(
        chosen.Length / Batch, Keys, Array.ConvertAll(chosen, query => first[query]), Array.ConvertAll(chosen, query => last[query]),
        gaps is null ? null : Array.ConvertAll(chosen, query => gaps[query]));

    /// <summary>
    /// Where a block of queries ends that starts at <paramref name="from"/>: after <paramref name="most"/>, or, where rows of one sequence hold
    /// several samples, between two of them if there is such a place in the block's second half, so that few blocks see keys of many samples.
    /// </summary>
    public int BlockEnd(int from, int most)
    {
        int end = Math.Min(from + most, Queries);
        if (Batch > 1 || end == Queries) return end;
        for (int i = end; i > from + most / 2; i--)
        {
            if (first[i] > last[i - 1]) return i;
        }
        return end;
    }

    /// <summary>The keys that queries <paramref name="from"/> up to, not including, <paramref name="to"/> of all sequences need, end excluded.</summary>
    public (int First, int End) Range(int from, int to)
    {
        int least = Keys, most = 0;
        for (int start = from; start < first.Length; start += Queries)
        {
            for (int i = start; i < start + to - from; i++)
            {
                least = Math.Min(least, first[i]);
                most = Math.Max(most, last[i]);
            }
        }
        return (least, most + 1);
    }
}
