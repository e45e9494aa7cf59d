using LlavaMod.Torch;

namespace LlavaMod.Models.Attending;

/// <summary>
/// softmax(q kᵀ / sqrt(Dh)) v over the keys that each query sees, block of queries by block: no [Q, S] matrix is in memory at once, and a block meets
/// only the keys that one of its queries sees. Backward computes the weights again (Dao et al. 2022, "FlashAttention"), but those of short
/// rows, which are kept. Rotary positions are part of it, so that heads are turned on their way into the layout of the products. On the CPU all of
/// it is in Float32, whatever the type of the projections.
/// </summary>
internal sealed class BlockAttention : CustomFunction
{
    internal const int BlockQueries = 64;
    internal const int BlockQueriesOfOneRow = 128; // less work in a query
    private const int BlockQueriesOnGpu = 512;
    internal const int ShortRow = 256; // keys that a block sees: up to here weights are kept for backward

    private readonly HeadLayout queryLayout;
    private readonly HeadLayout keyLayout;
    private readonly KeySpans spans;
    private readonly List<Block> blocks = [];
    private readonly double scale;
    private int kept; // weights of so many blocks are saved
    private bool turned;

    private BlockAttention(HeadLayout layout, KeySpans spans, int blockQueries)
    {
        (queryLayout, keyLayout, this.spans) = (layout, layout with { Groups = 1 }, spans);
        scale = 1 / Math.Sqrt(layout.HeadDim);
        for (int from = 0, to; from < spans.Queries; from = to)
        {
            to = spans.BlockEnd(from, blockQueries);
            var (first, end) = spans.Range(from, to);
            blocks.Add(new Block(from, to - from, first, end - first));
        }
    }

    /// <summary>What every query gets, [B, Q, H * Dh], in the type of the queries.</summary>
    /// <param name="query">[B, Q, H * Dh].</param>
    /// <param name="key">[B, S, K * Dh].</param>
    /// <param name="value">[B, S, K * Dh].</param>
    /// <param name="layout">K, G and Dh.</param>
    /// <param name="spans">What each query sees.</param>
    /// <param name="angles">Rotary angles of queries and keys; null for none.</param>
    public static Tensor Of(
        Tensor query, Tensor key, Tensor value, HeadLayout layout, KeySpans spans, (RotaryAngles Queries, RotaryAngles Keys)? angles = null) =>
        Neural.HasScaledDotProductAttention && (spans.IsFull || (query.Device.IsCpu ? spans.IsCausal : spans.IsCausalForTokens))
            ? Fused(query, key, value, layout, causal: !spans.IsFull, angles)
            : new BlockAttention(layout, spans, BlockSize(query.Device, spans.Batch)).Forward(query, key, value, angles);

    private static int BlockSize(Device device, int batch) => !device.IsCpu ? BlockQueriesOnGpu : batch == 1 ? BlockQueriesOfOneRow : BlockQueries;

    // libtorch's own, where it has one. On a GPU padding may then see padding, which is its own affair.
    private static Tensor Fused(
        Tensor query, Tensor key, Tensor value, HeadLayout layout, bool causal, (RotaryAngles Queries, RotaryAngles Keys)? angles)
    {
        using var scope = new TensorScope();
        var mixed = Neural.ScaledDotProductAttention(
            layout.Heads(query, layout.Groups, angles?.Queries), layout.Heads(key, 1, angles?.Keys), layout.Heads(value, 1, null), causal); // [B, H, Q, Dh]
        return scope.Return(mixed.Transpose(1, 2).Reshape(query.Shape));
    }

    private Tensor Forward(Tensor query, Tensor key, Tensor value, (RotaryAngles Queries, RotaryAngles Keys)? angles)
    {
        using var scope = new TensorScope();
        bool recorded = GradMode.IsOn;
        Tensor result;
        var saved = new List<Tensor>();
        using (GradMode.Off())
        {
            Tensor q = queryLayout.Pack(Exact(query), angles?.Queries, scale), k = keyLayout.Pack(Exact(key), angles?.Keys), v = keyLayout.Pack(Exact(value));
            saved.AddRange([q, k, v]);
            if (angles is var (queries, keys))
            {
                turned = true;
                saved.AddRange([queries.Cos, queries.Sin, keys.Cos, keys.Sin]);
            }
            bool keeps = recorded && blocks.Max(block => block.Count) <= ShortRow;
            var mixed = Create.EmptyLike(q);
            foreach (var block in blocks)
            {
                using var inner = new TensorScope();
                var weights = Weights(block, q, k);
                weights.BmmInto(block.Keys(v), Queries(block, mixed));
                if (keeps) saved.Add(inner.Return(weights));
            }
            kept = keeps ? blocks.Count : 0;
            result = queryLayout.Unpack(mixed, spans.Batch).To(query.DType);
        }
        if (recorded) Attach([query, key, value], [result], [.. saved]);
        return scope.Return(result);
    }

    protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved)
    {
        if (gradients[0] is not { } gradient) return [null, null, null];
        var (q, k, v) = (saved[0], saved[1], saved[2]);
        var kind = gradient.DType;
        var ofMixed = queryLayout.Pack(Exact(gradient));
        Tensor ofQ = Create.EmptyLike(q), ofK = Create.ZerosLike(k), ofV = Create.ZerosLike(v);
        for (int i = 0; i < blocks.Count; i++)
        {
            using var inner = new TensorScope();
            var block = blocks[i];
            var weights = kept > 0 ? saved[saved.Length - kept + i] : Weights(block, q, k);
            Tensor ofResult = Queries(block, ofMixed), queries = Queries(block, q);
            block.Keys(ofV).Baddbmm_(weights.Transpose(1, 2), ofResult);
            var ofScores = Softmax(block).Backward(ofResult.Bmm(block.Keys(v).Transpose(1, 2)), weights);
            block.Keys(ofK).Baddbmm_(ofScores.Transpose(1, 2), queries);
            ofScores.BmmInto(block.Keys(k), Queries(block, ofQ));
        }
        RotaryAngles? ofQueries = turned ? new(saved[3], saved[4]) : null, ofKeys = turned ? new(saved[5], saved[6]) : null;
        return
        [
            queryLayout.Unpack(ofQ, spans.Batch, ofQueries, scale).To(kind),
            keyLayout.Unpack(ofK, spans.Batch, ofKeys).To(kind),
            keyLayout.Unpack(ofV, spans.Batch).To(kind),
        ];
    }

    // [B * K, n * G, w]
    private Tensor Weights(Block block, Tensor q, Tensor k) => Softmax(block).Forward(Queries(block, q).Bmm(block.Keys(k).Transpose(1, 2)));

    private SpanSoftmax Softmax(Block block) => new(spans, block.Query, block.Key, queryLayout.KeyHeads, queryLayout.Groups);

    // x: [B * K, Q * G, Dh] -> [B * K, n * G, Dh]
    private Tensor Queries(Block block, Tensor x) => x.Narrow(1, (long)block.Query * queryLayout.Groups, (long)block.Queries * queryLayout.Groups);

    // bf16 products are slow on many CPUs, and there the work is in passes over the weights anyway.
    private static Tensor Exact(Tensor x) => x.Device.IsCpu && x.DType == DType.BFloat16 ? x.To(DType.Float32) : x;

    // Queries from one on, and the keys that they see.
    private readonly record struct Block(int Query, int Queries, int Key, int Count)
    {
        // x: [B * K, S, Dh] -> [B * K, w, Dh]
        public Tensor Keys(Tensor x) => x.Narrow(1, Key, Count);
    }
}
