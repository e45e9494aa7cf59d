namespace LlavaMod.Models.Vision;

/// <summary>SigLIP's ViT (Zhai et al. 2023). Checkpoints: google/siglip-so400m-patch14-384 and its kin.</summary>
[VisionFamily(ModelType, Summary = "SigLIP's vision transformer (arXiv 2303.15343)", Encoder = typeof(SiglipTower), HasClassToken = false, Defaults = """
    {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12, "image_size": 224, "patch_size": 16}
    """)]
public sealed class Siglip(Siglip.Options options) : VisionFamily
{
    /// <summary>The family's name in config.json.</summary>
    public const string ModelType = "siglip_vision_model";

    /// <summary>The keys of config.json.</summary>
    public sealed record Options : VitOptions
    {
        /// <summary>quick_gelu, gelu or gelu_pytorch_tanh.</summary>
        public string HiddenAct { get; init; } = "gelu_pytorch_tanh";

        /// <summary>Added to the variance in norms.</summary>
        public double LayerNormEps { get; init; } = 1e-6;

        /// <summary>Whether the pooling head is there, which LLaVA does not use.</summary>
        public bool VisionUseHead { get; init; } = true;
    }

    /// <inheritdoc/>
    public override VisionConfig Config =>
        options.Configure(ModelType, options.HiddenAct, options.LayerNormEps) with { VisionUseHead = options.VisionUseHead ? null : false };
}
