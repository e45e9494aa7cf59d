namespace LlavaMod.Models.Vision;

/// <summary>CLIP's ViT (Radford et al. 2021). Checkpoints: openai/clip-vit-large-patch14-336 and its kin.</summary>
[VisionFamily(ModelType, Summary = "CLIP's vision transformer (arXiv 2103.00020)", Encoder = typeof(ClipTower), HasClassToken = true, Defaults = """
    {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12, "image_size": 224, "patch_size": 32}
    """)]
public sealed class Clip(Clip.Options options) : VisionFamily
{
    /// <summary>The family's name in config.json.</summary>
    public const string ModelType = "clip_vision_model";

    /// <summary>The keys of config.json.</summary>
    public sealed record Options : VitOptions
    {
        /// <summary>quick_gelu, gelu or gelu_pytorch_tanh.</summary>
        public string HiddenAct { get; init; } = "quick_gelu";

        /// <summary>Added to the variance in norms.</summary>
        public double LayerNormEps { get; init; } = 1e-5;
    }

    /// <inheritdoc/>
    public override VisionConfig Config => options.Configure(ModelType, options.HiddenAct, options.LayerNormEps);
}
