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

    // x: [B, T, D] -> [B, T, D]
    public Tensor Forward(Tensor x, (Tensor Cos, Tensor Sin) angles, Tensor? mask, KvCache? cache, RoutingPass routing)
    {
        using var scope = new TensorScope();
        var attended = x + attention.Forward(inputNorm.Forward(x), angles, mask, cache);
        return scope.Return(attended + feedForward.Forward(postAttentionNorm.Forward(attended), routing));
    }
}
