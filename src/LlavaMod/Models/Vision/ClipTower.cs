using LlavaMod.Torch;

namespace LlavaMod.Models.Vision;

/// <summary>
/// CLIP's vision transformer (Radford et al. 2021) as LLaVA uses it: the patch features of an inner layer, without the class token and without
/// the last norm. Names are CLIPVisionModel's: <c>vision_model.encoder.layers.0.self_attn.q_proj.weight</c>.
/// </summary>
public sealed class ClipTower : VisionEncoder
{
    private readonly Tensor classEmbedding;    // [D]
    private readonly Tensor patchEmbedding;    // [D, 3, P, P]
    private readonly Tensor positionEmbedding; // [1 + patches, D]
    private readonly LayerNorm preNorm;
    private readonly LayerNorm postNorm;
    private readonly EncoderLayer[] layers;

    /// <summary>Builds the tower; its parameters go to the scope's store.</summary>
    public ClipTower(ParameterScope scope, VisionConfig config) : base(config)
    {
        var model = (scope / "vision_model").Of(ModelPart.Vision);
        var embeddings = model / "embeddings";
        double deviation = 1 / Math.Sqrt(config.HiddenSize);
        classEmbedding = embeddings.Parameter("class_embedding", [config.HiddenSize], Initializer.Normal(deviation));
        patchEmbedding = (embeddings / "patch_embedding").Parameter(
            "weight", [config.HiddenSize, 3, config.PatchSize, config.PatchSize], Initializer.Normal(0.02));
        positionEmbedding = (embeddings / "position_embedding").Parameter(
            "weight", [config.Patches + 1, config.HiddenSize], Initializer.Normal(deviation));
        preNorm = new LayerNorm(model / "pre_layrnorm", config); // CLIP's own spelling
        layers = LayersOf(model, config);
        postNorm = new LayerNorm(model / "post_layernorm", config);
    }

    private protected override EncoderLayer[] Layers => layers;

    /// <inheritdoc/>
    public override Tensor Features(Tensor pixels)
    {
        using var scope = new TensorScope();
        return scope.Return(Inner(pixels).Narrow(1, 1, Config.Patches));
    }

    /// <summary>CLIP's pooled output: the class token of the last layer after the last norm, [B, D].</summary>
    public Tensor Pool(Tensor lastHiddenState) => postNorm.Forward(lastHiddenState.Select(1, 0));

    /// <inheritdoc/>
    protected override Tensor Embed(Tensor pixels)
    {
        using var scope = new TensorScope();
        long batch = pixels.Size(0), width = Config.HiddenSize;
        var patches = pixels.To(patchEmbedding.DType).Conv2d(patchEmbedding, null, Config.PatchSize); // [B, D, S/P, S/P]
        var sequence = patches.Reshape(batch, width, Config.Patches).Transpose(1, 2);                 // [B, patches, D]
        var start = classEmbedding.Reshape(1, 1, width).Expand(batch, 1, width);
        return scope.Return(preNorm.Forward(Shaping.Cat([start, sequence], 1) + positionEmbedding));
    }
}

internal sealed class LayerNorm(ParameterScope scope, VisionConfig config)
{
    private readonly Tensor weight = scope.Parameter("weight", [config.HiddenSize], Initializer.Ones, DType.Float32);
    private readonly Tensor bias = scope.Parameter("bias", [config.HiddenSize], Initializer.Zeros, DType.Float32);

    // x: [..., D] -> [..., D], of x's type; in Float32, where bf16 would be ten times slower on the CPU
    public Tensor Forward(Tensor x) => x.To(DType.Float32).LayerNorm(weight, bias, config.LayerNormEps).To(x.DType);
}
