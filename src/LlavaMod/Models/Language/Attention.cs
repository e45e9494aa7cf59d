using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>
/// Grouped-query attention with rotary positions. B batch, T new tokens, S tokens to look at, D width, H query heads, K key and value heads,
/// G = H / K, Dh width of a head.
/// </summary>
internal sealed class Attention
{
    private readonly int layer;
    private readonly long keyHeads;
    private readonly long groups;
    private readonly long headDim;
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;
    private readonly Linear output;

    public Attention(ParameterScope scope, int layer, LanguageConfig config)
    {
        this.layer = layer;
        (keyHeads, headDim) = (config.NumKeyValueHeads, config.HeadDim);
        groups = config.NumAttentionHeads / keyHeads;
        double deviation = config.InitializerRange;
        query = new Linear(scope / "q_proj", config.HiddenSize, config.NumAttentionHeads * headDim, config.AttentionBias, deviation);
        key = new Linear(scope / "k_proj", config.HiddenSize, keyHeads * headDim, config.AttentionBias, deviation);
        value = new Linear(scope / "v_proj", config.HiddenSize, keyHeads * headDim, config.AttentionBias, deviation);
        output = new Linear(scope / "o_proj", config.NumAttentionHeads * headDim, config.HiddenSize, config.OutputBias, deviation);
    }

    // x: [B, T, D] -> [B, T, D], or [N, D] at the positions that the context wants
    public Tensor Forward(Tensor x, LayerContext context, KvCache? cache)
    {
        using var scope = new TensorScope();
        long batch = x.Size(0), width = x.Size(2);
        var k = RotaryEmbedding.Rotate(Heads(key.Forward(x), keyHeads), context.Cos, context.Sin); // [B, K, T, Dh]
        var v = Heads(value.Forward(x), keyHeads);                                                 // [B, K, T, Dh]
        if (cache is not null) (k, v) = cache.Append(layer, k, v);                                 // [B, K, S, Dh]

        // From here on T is the number of queries.
        if (context.Wanted is { } wanted) x = x.Reshape(-1, width).IndexSelect(0, wanted.Queries).Reshape(batch, -1, width);
        long length = x.Size(1);
        var q = RotaryEmbedding.Rotate(Heads(query.Forward(x), keyHeads * groups), context.QueryCos, context.QuerySin); // [B, H, T, Dh]

        // The G query heads of a key head lie next to each other: fold them into its rows, so that keys are not repeated in memory.
        var folded = q.Reshape(batch, keyHeads, groups * length, headDim);                  // [B, K, G*T, Dh]
        var scores = folded.Matmul(k.Transpose(-1, -2)) * (1 / Math.Sqrt(headDim));         // [B, K, G*T, S]
        if (context.Mask is { } mask) scores = scores.Reshape(batch, keyHeads * groups, length, -1) + mask; // [B, H, T, S]
        var weights = scores.Softmax(-1, DType.Float32).To(v.DType).Reshape(batch, keyHeads, groups * length, -1);
        var mixed = weights.Matmul(v).Reshape(batch, keyHeads * groups, length, headDim).Transpose(1, 2); // [B, T, H, Dh]
        if (context.Wanted is { Kept: var kept }) mixed = mixed.Reshape(batch * length, -1).IndexSelect(0, kept);
        else mixed = mixed.Reshape(batch, length, -1);
        return scope.Return(output.Forward(mixed));

        // [B, T, heads * Dh] -> [B, heads, T, Dh]
        Tensor Heads(Tensor projected, long heads) => projected.Reshape(batch, -1, heads, headDim).Transpose(1, 2);
    }
}
