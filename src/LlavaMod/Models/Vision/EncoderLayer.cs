using LlavaMod.Models.Attending;
using LlavaMod.Torch;

namespace LlavaMod.Models.Vision;

/// <summary>One pre-norm layer of a ViT: full attention, then an MLP. B images, N tokens, D width, H heads, Dh width of a head.</summary>
internal sealed class EncoderLayer
{
    private readonly HeadLayout layout;
    private readonly LayerNorm norm1;
    private readonly LayerNorm norm2;
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;
    private readonly Linear output;
    private readonly Linear first;
    private readonly Linear second;
    private readonly Func<Tensor, Tensor> activation;

    public EncoderLayer(ParameterScope scope, VisionConfig config)
    {
        layout = new HeadLayout(config.NumAttentionHeads, Groups: 1, (int)(config.HiddenSize / config.NumAttentionHeads));
        norm1 = new LayerNorm(scope / "layer_norm1", config);
        norm2 = new LayerNorm(scope / "layer_norm2", config);
        var attention = scope / "self_attn";
        query = Projection(attention / "q_proj", config.HiddenSize, config.HiddenSize);
        key = Projection(attention / "k_proj", config.HiddenSize, config.HiddenSize);
        value = Projection(attention / "v_proj", config.HiddenSize, config.HiddenSize);
        output = Projection(attention / "out_proj", config.HiddenSize, config.HiddenSize);
        first = Projection(scope / "mlp" / "fc1", config.HiddenSize, config.IntermediateSize);
        second = Projection(scope / "mlp" / "fc2", config.IntermediateSize, config.HiddenSize);
        activation = Activation(config.HiddenAct);
    }

    /// <summary>An activation by its name in config.json.</summary>
    public static Func<Tensor, Tensor> Activation(string name) => name switch
    {
        "quick_gelu" => Neural.QuickGelu,
        "gelu" => Neural.Gelu,
        _ => Neural.GeluTanh,
    };

    // As CLIP starts them: variance by the width that a matrix reads.
    private static Linear Projection(ParameterScope scope, long input, long output) =>
        new(scope, input, output, bias: true, deviation: 1 / Math.Sqrt(input));

    // x: [B, N, D] -> [B, N, D]
    public Tensor Forward(Tensor x)
    {
        using var scope = new TensorScope();
        var attended = x + Attend(norm1.Forward(x));
        return scope.Return(attended + second.Forward(activation(first.Forward(norm2.Forward(attended)))));
    }

    private Tensor Attend(Tensor x) => output.Forward(
        BlockAttention.Of(query.Forward(x), key.Forward(x), value.Forward(x), layout, KeySpans.Full((int)x.Size(0), (int)x.Size(1))));
}
