using LlavaMod.Recipes;

namespace LlavaMod.Models.Vision;

/// <summary>Sizes and choices of a ViT. Names are those of Hugging Face's configurations, in PascalCase.</summary>
public sealed record VisionConfig
{
    /// <summary>The family: clip_vision_model or siglip_vision_model.</summary>
    public string ModelType { get; init; } = Clip.ModelType;

    /// <summary>Width.</summary>
    public required long HiddenSize { get; init; }

    /// <summary>Width of the MLPs.</summary>
    public required long IntermediateSize { get; init; }

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

    /// <summary>Which hidden state feeds the connector; negative counts from the last. LLaVA takes -2.</summary>
    public int SelectLayer { get; init; } = -2;

    /// <summary>False where SigLIP's pooling head, which LLaVA does not use, is not stored; null where it is, and for towers without one.</summary>
    public bool? VisionUseHead { get; init; }

    /// <summary>
    /// Leaves out the first patch, as LLaVA-MoD and transformers' LLaVA do with a tower that has no class token when they are told to select
    /// <c>patch</c> or <c>default</c>. Models that were trained so need it.
    /// </summary>
    public bool DropFirstPatch { get; init; }

    /// <summary>Whether the tower has a class token in front of its patches, which LLaVA leaves out.</summary>
    public bool HasClassToken => ((VisionFamilyAttribute)Catalog<VisionFamily>.Find(ModelType).Attribute).HasClassToken;

    /// <summary>Features of one image.</summary>
    public int Tokens => Patches - (DropFirstPatch ? 1 : 0);

    /// <summary>Patches of one image; what is left of it beyond whole patches is not looked at (SigLIP's 384 pixels are 27 patches of 14).</summary>
    public int Patches => ImageSize / PatchSize * (ImageSize / PatchSize);

    /// <summary>Encoder layers that the selected hidden state needs.</summary>
    public int LayersUsed => SelectLayer < 0 ? NumHiddenLayers + 1 + SelectLayer : SelectLayer;

    /// <summary>Throws where the sizes do not fit together.</summary>
    /// <exception cref="UserError">The first rule that is broken, with the values seen.</exception>
    public void Validate(string where)
    {
        // As for language models.
        const int Widest = 1 << 20, MostLayers = 4096, LargestImage = 1 << 16;
        Require(HiddenSize > 0 && IntermediateSize > 0 && NumHiddenLayers > 0, where, "hidden_size, intermediate_size and num_hidden_layers must be positive");
        Require(HiddenSize <= Widest && IntermediateSize <= Widest && NumHiddenLayers <= MostLayers && ImageSize <= LargestImage, where,
            $"hidden_size {HiddenSize}, intermediate_size {IntermediateSize}, num_hidden_layers {NumHiddenLayers} or image_size {ImageSize} is more than any tower has");
        Require(NumAttentionHeads > 0 && HiddenSize % NumAttentionHeads == 0, where,
            $"hidden_size {HiddenSize} is not a multiple of num_attention_heads {NumAttentionHeads}");
        Require(PatchSize > 0 && ImageSize >= PatchSize, where, $"image_size {ImageSize} is less than patch_size {PatchSize}");
        Require(LayerNormEps is >= 0 and < double.PositiveInfinity, where, $"layer_norm_eps {LayerNormEps} must be a positive number");
        Require(LayersUsed >= 0 && LayersUsed <= NumHiddenLayers, where,
            $"select_layer {SelectLayer} is outside the {NumHiddenLayers} layers");
        Require(HiddenAct is "quick_gelu" or "gelu" or "gelu_pytorch_tanh", where,
            $"hidden_act '{HiddenAct}' is not known: quick_gelu, gelu or gelu_pytorch_tanh");
    }

    private static void Require(bool holds, string where, string rule)
    {
        if (!holds) throw new UserError($"{where}: vision: {rule}");
    }
}
