using LlavaMod.Models.Attending;
using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>
/// Grouped-query attention with rotary positions. B batch, T new tokens, S tokens to look at, D width, H query heads, K key and value heads,
/// G = H / K, Dh width of a head.
/// </summary>
internal sealed class Attention
{
    private readonly int layer;
    private readonly HeadLayout queryLayout;
    private readonly HeadLayout keyLayout;
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;
    private readonly Linear output;

    public Attention(ParameterScope scope, int layer, LanguageConfig config)
    {
        this.layer = layer;
        queryLayout = new HeadLayout(config.NumKeyValueHeads, config.NumAttentionHeads / config.NumKeyValueHeads, (int)config.HeadDim);
        keyLayout = queryLayout with { Groups = 1 };
        long queries = config.NumAttentionHeads * config.HeadDim, keys = config.NumKeyValueHeads * config.HeadDim;
        double deviation = config.InitializerRange;
        query = new Linear(scope / "q_proj", config.HiddenSize, queries, config.AttentionBias, deviation);
        key = new Linear(scope / "k_proj", config.HiddenSize, keys, config.AttentionBias, deviation);
        value = new Linear(scope / "v_proj", config.HiddenSize, keys, config.AttentionBias, deviation);
        output = new Linear(scope / "o_proj", queries, config.HiddenSize, config.OutputBias, deviation);
    }

    // x: [B, T, D] -> [B, T, D], or [N, D] at the positions that the context wants
    public Tensor Forward(Tensor x, LayerContext context, KvCache? cache)
    {
        using var scope = new TensorScope();
        Tensor k = key.Forward(x), v = value.Forward(x);                                        // [B, T, K * Dh]
        if (cache is not null) return scope.Return(output.Forward(WithCache(query.Forward(x), k, v, context, cache)));
        if (context.Wanted is { } wanted) x = x.Reshape(-1, x.Size(2)).IndexSelect(0, wanted.Queries).Reshape(x.Size(0), -1, x.Size(2)); // [B, W, D]
        var mixed = BlockAttention.Of(query.Forward(x), k, v, queryLayout, context.Spans!, (context.Queries, context.Keys)); // [B, T or W, H * Dh]
        if (context.Wanted is { Kept: var kept }) mixed = mixed.Reshape(-1, mixed.Size(2)).IndexSelect(0, kept);             // [N, H * Dh]
        return scope.Return(output.Forward(mixed));
    }

    // q: [B, T, H * Dh]; k, v: [B, T, K * Dh] -> [B, T, H * Dh]; in inference, where T is mostly 1
    private Tensor WithCache(Tensor q, Tensor k, Tensor v, LayerContext context, KvCache cache)
    {
        long batch = q.Size(0), length = q.Size(1), keyHeads = keyLayout.KeyHeads, groups = queryLayout.Groups, headDim = keyLayout.HeadDim;
        q = queryLayout.Pack(q, context.Queries, 1 / Math.Sqrt(headDim)).Reshape(batch, keyHeads, length * groups, headDim); // [B, K, T*G, Dh]
        (k, v) = cache.Append(layer, Keys(keyLayout.Pack(k, context.Keys)), Keys(keyLayout.Pack(v)));                        // [B, K, S, Dh]
        var scores = q.Matmul(k.Transpose(-1, -2));                                                                          // [B, K, T*G, S]
        if (context.Mask is { } mask) scores = scores.Reshape(batch, keyHeads, length, groups, -1) + mask.Unsqueeze(-2);     // [B, K, T, G, S]
        var weights = scores.Softmax(-1, DType.Float32).To(v.DType).Reshape(batch, keyHeads, length * groups, -1);
        return queryLayout.Unpack(weights.Matmul(v).Reshape(batch * keyHeads, length * groups, headDim), (int)batch);

        Tensor Keys(Tensor packed) => packed.Reshape(batch, keyHeads, length, headDim);
    }
}
