using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>
/// The positions whose hidden states are asked of a pass, as a last layer needs them: every sequence with as many queries, W. N positions in all.
/// </summary>
/// <param name="Positions">Indices into [B * T], Int64 [N], as they were asked for.</param>
/// <param name="Queries">
/// Indices into [B * T], Int64 [B * W], sequence by sequence. A sequence of which fewer are wanted repeats one of its positions.
/// </param>
/// <param name="Kept">The queries that were asked for, in their order: indices into [B * W], Int64 [N].</param>
internal sealed record WantedPositions(Tensor Positions, Tensor Queries, Tensor Kept)
{
    /// <summary>The tensors belong to the current scope.</summary>
    /// <param name="wanted">Indices into [B * T], in any order; one at least.</param>
    /// <param name="batch">B.</param>
    /// <param name="length">T.</param>
    /// <param name="device">Where they are needed.</param>
    public static WantedPositions Of(long[] wanted, long batch, long length, Device device)
    {
        var counts = new long[batch];
        foreach (long position in wanted) counts[position / length]++;
        long width = counts.Max();
        var queries = new long[batch * width];
        for (long i = 0; i < queries.Length; i++) queries[i] = i / width * length; // each row's first position, until another takes the place
        var kept = new long[wanted.Length];
        Array.Clear(counts);
        for (int i = 0; i < wanted.Length; i++)
        {
            long row = wanted[i] / length;
            kept[i] = row * width + counts[row]++;
            queries[kept[i]] = wanted[i];
        }
        return new WantedPositions(Tensor.From(wanted, wanted.Length).To(device), Tensor.From(queries, queries.Length).To(device), Tensor.From(kept, kept.Length).To(device));
    }

    /// <summary>What belongs to the queries of something that has an entry for every position.</summary>
    // x: [B or 1, 1, T, C] -> [B or 1, 1, W, C]
    public Tensor QueriesOf(Tensor x, long batch, long length)
    {
        using var scope = new TensorScope();
        long columns = x.Size(-1);
        var rows = x.Expand(batch, 1, length, columns).Reshape(batch * length, columns).IndexSelect(0, Queries);
        return scope.Return(rows.Reshape(batch, 1, -1, columns));
    }
}
