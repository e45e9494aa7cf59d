using LlavaMod.Torch;

namespace LlavaMod.Teachers;

/// <summary>
/// Draws from a teacher's distributions: the likeliest words exactly, the others in proportion to their probabilities. The m draws of a position are
/// stratified, the j-th lying in the j-th of m equal parts of the others' cumulative probability: a word comes up m q times in expectation, as among
/// independent draws, and its count varies less.
/// </summary>
/// <param name="sampling">How many.</param>
internal sealed class TeacherSampler(CacheSampling sampling)
{
    /// <summary>Elements of one block's temporaries; rows beyond it belong in another call.</summary>
    public const long MostElements = 1 << 22;

    /// <summary>The distributions of n positions.</summary>
    /// <param name="logits">[n, V].</param>
    /// <param name="uniforms">Random numbers above 0 and up to 1, <see cref="CacheSampling.Uniforms"/> a position.</param>
    /// <exception cref="NotFiniteNumberException">A position has no distribution: its logits are not finite.</exception>
    public SparseDistribution[] Of(Tensor logits, double[] uniforms)
    {
        using var scope = new TensorScope();
        using var mode = GradMode.Off();
        var real = logits.To(DType.Float32);
        var normalizer = real.LogSumExp(-1, keep: true); // [n, 1]
        var log = real - normalizer;
        var p = log.Exp();
        var entropy = (log.MaskedFill(p.Equal(0.0), 0) * p).Sum(-1);
        var (top, topIds) = p.Topk(Math.Min(sampling.Top, p.Size(1)));
        var read = new Rows(
            normalizer.ToArray<float>(), entropy.ToArray<float>(), topIds.ToArray<long>(), top.ToArray<float>(), Draw(p, topIds, uniforms));
        return [.. Enumerable.Range(0, read.Normalizers.Length).Select(read.At)];
    }

    // Words drawn from the others, [n, m], rising in each row; none where the exact words are all that there are.
    private long[] Draw(Tensor p, Tensor topIds, double[] uniforms)
    {
        int draws = sampling.Uniforms;
        if (draws == 0 || topIds.Size(1) == p.Size(1)) return [];
        double[] strata = new double[uniforms.Length];
        for (int i = 0; i < strata.Length; i++) strata[i] = (i % draws + uniforms[i]) / draws;
        // In Float32 a cumulative sum would swallow what is rarer than 1 in 10 million.
        var cumulative = p.Scatter(1, topIds, 0).To(DType.Float64).Cumsum(1); // [n, V]
        var total = cumulative.Narrow(1, p.Size(1) - 1, 1);
        var drawn = cumulative.SearchSorted(Tensor.From(strata, p.Size(0), draws).To(p.Device) * total).MaskedFill(total.Equal(0.0), -1);
        return drawn.ToArray<long>();
    }

    private sealed record Rows(float[] Normalizers, float[] Entropies, long[] TopIds, float[] Top, long[] Drawn)
    {
        public SparseDistribution At(int row)
        {
            if (!float.IsFinite(Normalizers[row])) throw new NotFiniteNumberException("logits are not finite", Normalizers[row]);
            int count = Normalizers.Length, kept = Top.Length / count, draws = Drawn.Length / count;
            int[] ids = Array.ConvertAll(TopIds[(row * kept)..((row + 1) * kept)], id => (int)id);
            float[] probabilities = Top[(row * kept)..((row + 1) * kept)];
            Array.Sort(ids, probabilities);
            var drawn = Drawn[(row * draws)..((row + 1) * draws)].Where(id => id >= 0).GroupBy(id => id).ToList();
            return new SparseDistribution(
                Normalizers[row], Entropies[row], ids, probabilities, [.. drawn.Select(group => (int)group.Key)], [.. drawn.Select(group => group.Count())]);
        }
    }
}
