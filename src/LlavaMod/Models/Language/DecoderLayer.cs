using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>Attention and feed-forward, each behind a norm and around a residual connection.</summary>
internal sealed class DecoderLayer
{
    private readonly RmsNorm inputNorm;
    private readonly RmsNorm postAttentionNorm;
    private readonly Attention attention;
    private readonly IFeedForward feedForward;

    public DecoderLayer(ParameterScope scope, int layer, LanguageConfig config, ExpertsConfig? experts)
    {
        attention = new Attention((scope / "self_attn").Of(ModelPart.Attention), layer, config);
        feedForward = experts is not null && experts.Layers.Contains(layer)
            ? new SparseFfn(scope / "mlp", layer, config.HiddenSize, config.IntermediateSize, experts)
            : new SwiGlu((scope / "mlp").Of(ModelPart.Ffn), config.HiddenSize, config.IntermediateSize);
        inputNorm = new RmsNorm((scope / "input_layernorm").Of(ModelPart.Norms), config.HiddenSize, config.RmsNormEps);
        postAttentionNorm = new RmsNorm((scope / "post_attention_layernorm").Of(ModelPart.Norms), config.HiddenSize, config.RmsNormEps);
    }

    public bool IsSparse => feedForward is SparseFfn;

    // x: [B, T, D] -> [B, T, D], or [N, D] at the positions that the context wants. With recompute, activations are computed again in backward: all
    // of a dense layer's, and of a sparse one's those of its attention, since experts record their routing as they run and so run once.
    public Tensor Forward(Tensor x, LayerContext context, KvCache? cache, RoutingPass routing, bool recompute)
    {
        if (!recompute) return FeedForward(Attend(x, context, cache), routing);
        // What the layer reads beside x has to outlive the pass's scope.
        var held = context.Tensors;
        return feedForward is SparseFfn
            ? FeedForward(ActivationCheckpoint.Run(AttendAgain, x, held), routing)
            : ActivationCheckpoint.Run((input, kept) => FeedForward(AttendAgain(input, kept), routing), x, held);

        Tensor AttendAgain(Tensor input, ReadOnlySpan<Tensor> kept) => Attend(input, context.Over(kept), cache: null);
    }

    private Tensor Attend(Tensor x, LayerContext context, KvCache? cache)
    {
        using var scope = new TensorScope();
        var kept = context.Wanted is { } wanted ? x.Reshape(-1, x.Size(-1)).IndexSelect(0, wanted.Positions) : x;
        return scope.Return(kept + attention.Forward(inputNorm.Forward(x), context, cache));
    }

    private Tensor FeedForward(Tensor attended, RoutingPass routing)
    {
        using var scope = new TensorScope();
        return scope.Return(attended + feedForward.Forward(postAttentionNorm.Forward(attended), routing));
    }
}
