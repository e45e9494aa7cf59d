using LlavaMod.Models.Language;
using LlavaMod.Torch;

namespace LlavaMod.Models.Experts;

/// <summary>
/// y[n] = sum over k of gate[n, k] * expert(x[n]) of the experts that N tokens were dispatched to, as one function with a backward of its own.
/// Every expert reads its tokens from x and writes its segment of one [M, D]; sums over choices are gathers (no index_add, no one-hot
/// product, no [K, N, D]), forward and backward. Kept for backward: x and the two inner products [M, F].
/// </summary>
/// <remarks>
/// With dy the gradient of y and r a row of token t, expert e: dL/dh[r] = gate[r] W_d^T dy[t], the gate's gradient is h[r] . (W_d^T dy[t]), which
/// costs one more dot product while both are at hand and no copy of the experts' outputs.
/// </remarks>
/// <param name="dispatch">Who goes where.</param>
/// <param name="experts">E networks.</param>
internal sealed class ExpertMixture(Dispatch dispatch, SwiGluWeights[] experts) : CustomFunction
{
    private const int Fixed = 5; // saved tensors that are not the experts'

    private readonly long[] counts = dispatch.Counts;
    private readonly bool isPadded = dispatch.IsPadded;
    private readonly (bool Gate, bool Up, bool Down)[] trained = Array.ConvertAll(experts, expert => expert.Trained);
    private bool wantsTokens;
    private bool wantsGates;

    // tokens: [N, D], gates: Float32 [N, K] -> [N, D]
    public Tensor Forward(Tensor tokens, Tensor gates)
    {
        using var scope = new TensorScope();
        (wantsTokens, wantsGates) = (tokens.RequiresGrad(), gates.RequiresGrad());
        var inner = new List<Tensor>();
        bool records = GradMode.IsOn;
        Tensor mixed;
        using (GradMode.Off())
        {
            var rows = Rows(tokens);
            long start = 0;
            for (int e = 0; e < experts.Length; start += counts[e], e++)
            {
                if (counts[e] > 0) inner.AddRange(Run(experts[e], tokens, start, rows.Narrow(0, start, counts[e]), records));
            }
            mixed = WeightedRows.Sum(rows, dispatch.Rows, gates);
        }
        if (!records) return scope.Return(mixed);
        Tensor[] weights = [.. experts.SelectMany(expert => (Tensor[])[expert.Gate, expert.Up, expert.Down])];
        Attach([tokens, gates, .. weights], [mixed], [tokens, gates, dispatch.Tokens, dispatch.Order, dispatch.Rows, .. weights, .. inner]);
        return scope.Return(mixed);
    }

    // One expert's tokens to its segment of the rows; what backward needs is returned.
    private Tensor[] Run(SwiGluWeights expert, Tensor tokens, long start, Tensor segment, bool records)
    {
        using var scope = new TensorScope();
        var (g, u) = expert.Inner(tokens.IndexSelect(0, dispatch.Tokens.Narrow(0, start, segment.Size(0))));
        var h = SiluGate.Forward(g, u, target: records ? Create.EmptyLike(g) : g);
        segment.Addmm_(h, expert.Down.Transpose(0, 1), keep: 0);
        return records ? [scope.Return(g), scope.Return(u)] : [];
    }

    // Room for the experts' rows, with a row of zeros behind them for assignments that were not kept: [M (+ 1), D]
    private Tensor Rows(Tensor like)
    {
        long rows = counts.Sum();
        var room = Create.Empty([isPadded ? rows + 1 : rows, like.Size(1)], like.DType, like.Device);
        if (isPadded) room.Narrow(0, rows, 1).Fill_(0);
        return room;
    }

    protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved)
    {
        var results = new Tensor?[2 + 3 * trained.Length];
        if (gradients[0] is not { } dy) return results;
        Tensor tokens = saved[0], gates = saved[1], order = saved[3], places = saved[4];
        var factors = gates.Transpose(0, 1).Reshape(-1).IndexSelect(0, order); // [M]
        var dRows = wantsTokens ? Rows(tokens) : null;
        var dots = wantsGates ? Create.Zeros([counts.Sum() + 1], device: gates.Device) : null; // the last for what was not kept
        var pass = new RowGradients(tokens, dy, saved[2], factors, dRows, dots);
        int next = Fixed + 3 * trained.Length;
        long start = 0;
        for (int e = 0; e < trained.Length; start += counts[e], e++)
        {
            var expert = new SwiGluWeights(saved[Fixed + 3 * e], saved[Fixed + 3 * e + 1], saved[Fixed + 3 * e + 2]);
            // An expert without tokens has a gradient of zero, not none: an optimiser treats both differently.
            var found = counts[e] == 0 ? expert.Zeros(trained[e]) : pass.Of(expert, (saved[next++], saved[next++]), trained[e], start, counts[e]);
            found.CopyTo(results, 2 + 3 * e);
        }
        if (dRows is not null) results[0] = WeightedRows.Sum(dRows, places, weights: null);
        if (dots is not null) results[1] = dots.IndexSelect(0, places.Reshape(-1)).Reshape(places.Shape).Transpose(0, 1); // [N, K]
        return results;
    }

    // tokens, dy: [N, D]; tokenOf, factors: [M]; dx: [M, D] and dots: [M], written segment by segment
    private sealed record RowGradients(Tensor Tokens, Tensor Dy, Tensor TokenOf, Tensor Factors, Tensor? Dx, Tensor? Dots)
    {
        public Tensor?[] Of(SwiGluWeights expert, (Tensor G, Tensor U) inner, (bool Gate, bool Up, bool Down) trained, long start, long count)
        {
            using var scope = new TensorScope();
            var token = TokenOf.Narrow(0, start, count);
            var x = trained.Gate || trained.Up ? Tokens.IndexSelect(0, token) : null;
            var gradients = expert.Backward(
                x, inner, Dy.IndexSelect(0, token), Factors.Narrow(0, start, count), Dots?.Narrow(0, start, count), Dx?.Narrow(0, start, count), trained);
            return Array.ConvertAll(gradients, gradient => gradient is null ? null : scope.Return(gradient));
        }
    }
}
