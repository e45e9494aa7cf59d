namespace LlavaMod.Models.Vision;

/// <summary>CLIP's ViT (Radford et al. 2021). Checkpoints: openai/clip-vit-large-patch14-336 and its kin.</summary>
[VisionFamily("clip_vision_model", Summary = "CLIP's vision transformer (arXiv 2103.00020)")]
public sealed class Clip(Clip.Options options) : VisionFamily
{
    /// <summary>The keys of config.json.</summary>
    public sealed record Options
    {
        /// <summary>Width.</summary>
        public required int HiddenSize { get; init; }

        /// <summary>Width of the MLPs.</summary>
        public required int IntermediateSize { get; init; }

        /// <summary>Encoder layers.</summary>
        public required int NumHiddenLayers { get; init; }

        /// <summary>Attention heads.</summary>
        public required int NumAttentionHeads { get; init; }

        /// <summary>Side of the square input, pixels.</summary>
        public required int ImageSize { get; init; }

        /// <summary>Side of a patch, pixels.</summary>
        public required int PatchSize { get; init; }

        /// <summary>quick_gelu, gelu or gelu_pytorch_tanh.</summary>
        public string HiddenAct { get; init; } = "quick_gelu";

        /// <summary>Added to the variance in norms.</summary>
        public double LayerNormEps { get; init; } = 1e-5;

        /// <summary>Which hidden state feeds the connector; negative counts from the last.</summary>
        public int SelectLayer { get; init; } = -2;
    }

    /// <inheritdoc/>
    public override VisionConfig Config => new()
    {
        HiddenSize = options.HiddenSize,
        IntermediateSize = options.IntermediateSize,
        NumHiddenLayers = options.NumHiddenLayers,
        NumAttentionHeads = options.NumAttentionHeads,
        ImageSize = options.ImageSize,
        PatchSize = options.PatchSize,
        HiddenAct = options.HiddenAct,
        LayerNormEps = options.LayerNormEps,
        SelectLayer = options.SelectLayer,
    };
}
