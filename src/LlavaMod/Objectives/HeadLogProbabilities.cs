using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// log p(next token) of N positions, chunk by chunk: no [N, V] tensor ever exists. Under a frozen projection, each position's derivative by its hidden state
/// is kept, [N, D]. The gradient of a trained one depends on how positions are weighed against each other, so that backward computes the chunks again.
/// </summary>
internal sealed class HeadLogProbabilities : CustomFunction
{
    private static readonly CrossEntropy Negative = new(new CrossEntropy.Options());

    private readonly bool ofHidden;
    private readonly bool ofWeight;
    private readonly long chunk;
    private readonly long block;

    private HeadLogProbabilities(HeadRows rows)
    {
        (ofHidden, ofWeight) = (GradMode.IsOn && rows.Hidden.RequiresGrad(), GradMode.IsOn && rows.Weight.RequiresGrad());
        (chunk, block) = (rows.ChunkSize, rows.BlockSize);
    }

    /// <summary>The log-probabilities, [N], Float32 (Float64 for such models).</summary>
    /// <param name="rows">Hidden states and projection; either may require a gradient.</param>
    /// <param name="targets">Next tokens, Int64 [N].</param>
    public static Tensor Of(HeadRows rows, Tensor targets)
    {
        using var scope = new TensorScope();
        var function = new HeadLogProbabilities(rows);
        var (found, slopes) = function.Compute(rows, targets);
        function.Attach([rows.Hidden, rows.Weight], [found], slopes is null ? [rows.Hidden, rows.Weight, targets] : [slopes]);
        return scope.Return(found);
    }

    private (Tensor Found, Tensor? Slopes) Compute(HeadRows rows, Tensor targets)
    {
        using var mode = GradMode.Off();
        var found = Create.Empty([rows.Count], TokenBlock.Real(rows.Hidden.DType), rows.Hidden.Device);
        var slopes = ofHidden && !ofWeight ? new HeadGradient(rows, ofHidden: true, ofWeight: false) : null;
        ForEachBlock(rows, targets, slopes, (tokens, logits, start) =>
        {
            found.Narrow(0, start, logits.Size(0)).Copy_(tokens.Rows(Negative).TargetLogProbabilities.Squeeze(1));
            if (slopes is not null) logits.Copy_(tokens.Losses(Negative).Gradient.Multiply_(-1));
        });
        return (found, slopes?.OfHidden);
    }

    // What the action leaves in a block's logits is their gradient.
    private static void ForEachBlock(HeadRows rows, Tensor targets, HeadGradient? gradient, Action<TokenBlock, Tensor, long> action)
    {
        foreach (var (start, count) in HeadRows.Cut(0, rows.Count, rows.ChunkSize))
        {
            using var scope = new TensorScope();
            var logits = rows.Logits(start, count); // [n, V]
            foreach (var (first, length) in HeadRows.Cut(0, count, rows.BlockSize))
            {
                using var inner = new TensorScope();
                var some = logits.Narrow(0, first, length);
                action(new TokenBlock(some, null, targets.Narrow(0, start + first, length)), some, start + first);
            }
            gradient?.Add(start, logits);
        }
    }

    protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved)
    {
        if (gradients[0] is not { } weights) return [null, null]; // [N]
        if (!ofWeight) return [saved[0] * weights.Unsqueeze(1).To(saved[0].DType), null];
        var rows = new HeadRows(saved[0], saved[1]) { ChunkSize = chunk, BlockSize = block };
        var gradient = new HeadGradient(rows, ofHidden, ofWeight);
        ForEachBlock(rows, saved[2], gradient, (tokens, logits, start) =>
            logits.Copy_(tokens.Losses(Negative).Gradient.Multiply_(weights.Narrow(0, start, logits.Size(0)).Unsqueeze(1)).Multiply_(-1)));
        return [gradient.OfHidden, gradient.OfWeight];
    }
}
