using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// A few words with weights that stand for a teacher's distribution at N positions: in expectation (words drawn at random), or with the error that their
/// choice makes (the likeliest words alone).
/// </summary>
/// <param name="Ids">The words, Int64 [N, K]; no word twice in a row, but where its weight is 0.</param>
/// <param name="Weights">Their weights, Float32 [N, K].</param>
/// <param name="NegativeEntropy">sum_v p_T(v) log p_T(v), Float32 [N].</param>
/// <param name="Ghost">The weight of all other words together, Float32 [N]; null where nothing stands for them.</param>
/// <param name="Words">V: words from there on are none.</param>
public sealed record SparseTeacher(Tensor Ids, Tensor Weights, Tensor NegativeEntropy, Tensor? Ghost, long Words) : ITeacherRows
{
    // Where the student leaves nothing to the other words, a ghost of rounding errors must not make the loss infinite.
    private const double LeastShare = 1e-30;

    /// <summary>Some of the positions.</summary>
    public SparseTeacher Narrow(long start, long count) => new(
        Ids.Narrow(0, start, count), Weights.Narrow(0, start, count), NegativeEntropy.Narrow(0, start, count), Ghost?.Narrow(0, start, count), Words);

    /// <summary>Whether <see cref="Replace"/> can take such logits.</summary>
    internal bool Replaces(Tensor logits, double temperature) =>
        Ghost is null && temperature == 1 && Words == logits.Size(1) && SoftTargets.Take(logits, null);

    /// <summary>
    /// Overwrites logits [N, V] by the gradient of the weighted sums, in one pass over memory: what <see cref="Divergence"/> gives for weights that sum to 1,
    /// together with the surprisal of the next tokens.
    /// </summary>
    /// <param name="logits">The student's.</param>
    /// <param name="next">Next tokens, Int64 [N].</param>
    /// <param name="weights">What multiplies the two gradients.</param>
    /// <returns>The sums before weights.</returns>
    internal SoftTargets.Sums Replace(Tensor logits, Tensor next, SoftTargets.Weights weights)
    {
        using var scope = new TensorScope();
        var real = Weights.To(DType.Float64);
        var chosen = logits.Gather(1, Ids).To(DType.Float64).MaskedFill(real.Equal(0.0), 0);
        var ofNext = logits.Gather(1, next.Unsqueeze(1)).To(DType.Float64);
        // With the surprisal, log Z - logit of the next token, that is E - sum w (logit - log Z).
        double rest = (NegativeEntropy.To(DType.Float64).Sum() - (real * chosen).Sum() + ofNext.Sum()).Item<double>();
        var sums = SoftTargets.Replace(logits, null, next, weights);
        logits.ScatterAdd_(1, Ids, (Weights * -weights.SoftWeight).To(logits.DType));
        return sums with { Divergence = rest + sums.Surprisal };
    }

    /// <inheritdoc/>
    TeacherChunk ITeacherRows.Chunk(long start, long count) => new(null, Narrow(start, count));

    /// <summary>
    /// KL(p_T || p_S) at each position, [N], and its gradient with respect to the student's logits, [N, V]. With weights w_i of words v_i the loss is
    /// sum_v p_T log p_T - sum_i w_i log p_S(v_i) and its gradient p_S sum_i w_i - w; both are linear in w, and so as unbiased as the weights are. A ghost of
    /// weight g adds -g log S with S = sum of p_S over the other words, and p_S (g - g / S) to the slope of these, p_S g to that of the rest.
    /// </summary>
    /// <param name="student">log p_S, [N, V].</param>
    /// <param name="p">p_S, [N, V].</param>
    public (Tensor Losses, Tensor Gradient) Divergence(Tensor student, Tensor p)
    {
        var weights = Weights.To(student.DType);
        var chosen = student.Gather(1, Ids).MaskedFill(weights.Equal(0.0), 0); // a word of weight 0 may be one that the student rules out
        var losses = NegativeEntropy.To(student.DType) - (weights * chosen).Sum(-1);
        var sums = weights.Sum(-1, keep: true); // [N, 1]
        if (Ghost is null) return (losses, (p * sums).ScatterAdd_(1, Ids, -weights));

        var ghost = Ghost.To(student.DType).Unsqueeze(1); // [N, 1]
        var others = p.Scatter(1, Ids, 0); // [N, V]
        var share = others.Sum(-1, keep: true).ClampMin(LeastShare);
        var slope = ghost / share;
        return (losses - (ghost * share.Log()).Squeeze(1), (p * (sums + ghost)).Add_(others.Multiply_(slope), -1).ScatterAdd_(1, Ids, -weights));
    }
}
