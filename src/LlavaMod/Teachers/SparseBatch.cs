using LlavaMod.Data;
using LlavaMod.Objectives;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Teachers;

/// <summary>What a cache holds for the response positions of a batch, as arrays on the host: N positions, K words each.</summary>
/// <param name="Positions">The positions, rising, as indices into [B * T]: N.</param>
/// <param name="Words">V: words from there on are none.</param>
/// <param name="Width">K, the most words at a position; fewer are filled up with word 0 at weight 0.</param>
/// <param name="Ids">[N * K].</param>
/// <param name="Weights">[N * K].</param>
/// <param name="NegativeEntropies">[N].</param>
/// <param name="Ghosts">[N]; null where nothing stands for the other words.</param>
public sealed record SparseBatch(
    long[] Positions, int Words, int Width, long[] Ids, float[] Weights, float[] NegativeEntropies, float[]? Ghosts)
{
    /// <summary>Puts samples' targets in the order of a batch's positions, which packing may have mixed.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="samples">What the cache holds of each of its samples.</param>
    /// <exception cref="InvalidOperationException">A sample has another number of positions in the batch than it has targets.</exception>
    internal static SparseBatch Of(SplicedBatch batch, IReadOnlyList<SparseSample> samples)
    {
        long[] positions = Selection.Responses.In(batch).Indices;
        int[] used = new int[samples.Count];
        SparseTarget[] targets = [.. batch.SamplesAt(positions).Select(sample => samples[(int)sample].Positions[used[sample]++])];
        if (used.Where((count, sample) => count != samples[sample].Positions.Length).Any())
            throw new InvalidOperationException($"{samples.Sum(sample => sample.Positions.Length)} cached positions for {positions.Length} of the batch");
        return Of(positions, samples[0].Words, targets);
    }

    /// <summary>Some targets in order.</summary>
    internal static SparseBatch Of(long[] positions, int words, SparseTarget[] targets)
    {
        int width = targets.Max(target => target.Ids.Length);
        var (ids, weights) = (new long[targets.Length * width], new float[targets.Length * width]);
        for (int i = 0; i < targets.Length; i++)
        {
            for (int k = 0; k < targets[i].Ids.Length; k++) ids[i * width + k] = targets[i].Ids[k];
            targets[i].Weights.CopyTo(weights, i * width);
        }
        return new SparseBatch(
            positions, words, width, ids, weights, [.. targets.Select(target => target.NegativeEntropy)],
            targets.Any(target => target.Ghost > 0) ? [.. targets.Select(target => target.Ghost)] : null);
    }

    /// <summary>The same on a device; the tensors belong to the current scope.</summary>
    internal SparseTeacher To(Device device)
    {
        long rows = Positions.Length;
        return new SparseTeacher(
            Tensor.From(Ids, rows, Width).To(device), Tensor.From(Weights, rows, Width).To(device), Tensor.From(NegativeEntropies, rows).To(device),
            Ghosts is null ? null : Tensor.From(Ghosts, rows).To(device), Words);
    }

    /// <summary>The same in the order of some positions; those that it does not hold, which no loss against it looks at, are filled with its first.</summary>
    /// <param name="wanted">Indices into [B * T].</param>
    /// <param name="device">Where to.</param>
    internal SparseTeacher At(long[] wanted, Device device)
    {
        var held = To(device);
        if (wanted.AsSpan().SequenceEqual(Positions)) return held;
        var places = Tensor.From(Array.ConvertAll(wanted, position => (long)Math.Max(0, Array.BinarySearch(Positions, position))), wanted.Length).To(device);
        return new SparseTeacher(
            held.Ids.IndexSelect(0, places), held.Weights.IndexSelect(0, places), held.NegativeEntropy.IndexSelect(0, places), held.Ghost?.IndexSelect(0, places), Words);
    }
}
