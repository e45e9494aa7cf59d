using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>
/// The positions whose hidden states are asked of a pass, as a last layer needs them: every sequence with as many queries, W. N positions in all.
/// </summary>
/// <param name="Places">
/// The queries as indices into [B * T], [B * W], sequence by sequence. A sequence of which fewer are wanted repeats one of its positions.
/// </param>
/// <param name="Positions">The wanted positions as indices into [B * T], Int64 [N], as they were asked for.</param>
/// <param name="Queries">The places on the device, Int64 [B * W].</param>
/// <param name="Kept">The queries that were asked for, in their order: indices into [B * W], Int64 [N].</param>
internal sealed record WantedPositions(long[] Places, Tensor Positions, Tensor Queries, Tensor Kept)
{
    private int Batch { get; init; }

    private int Length { get; init; }

    /// <summary>The tensors belong to the current scope.</summary>
    /// <param name="wanted">Indices into [B * T], in any order; one at least.</param>
    /// <param name="batch">B.</param>
    /// <param name="length">T.</param>
    /// <param name="device">Where they are needed.</param>
    public static WantedPositions Of(long[] wanted, int batch, int length, Device device)
    {
        var counts = new int[batch];
        foreach (long position in wanted) counts[position / length]++;
        int width = counts.Max();
        var places = new long[batch * width];
        for (int i = 0; i < places.Length; i++) places[i] = i / width * length; // each row's first position, until another takes the place
        var kept = new long[wanted.Length];
        Array.Clear(counts);
        for (int i = 0; i < wanted.Length; i++)
        {
            long row = wanted[i] / length;
            kept[i] = row * width + counts[row]++;
            places[kept[i]] = wanted[i];
        }
        return new WantedPositions(places, Indices(wanted), Indices(places), Indices(kept)) { Batch = batch, Length = length };

        Tensor Indices(long[] all) => Tensor.From(all, all.Length).To(device);
    }

    /// <summary>What belongs to the queries of something that has an entry for every position.</summary>
    // x: [B or 1, T, C] -> [B, W, C]
    public Tensor QueriesOf(Tensor x)
    {
        using var scope = new TensorScope();
        long columns = x.Size(-1);
        var rows = x.Expand(Batch, Length, columns).Reshape(Batch * Length, columns).IndexSelect(0, Queries);
        return scope.Return(rows.Reshape(Batch, -1, columns));
    }
}
