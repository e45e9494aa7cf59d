using System.Text.Json.Serialization;

namespace LlavaMod.Models.Language;

/// <summary>Sizes and choices of a decoder-only language model. Names are those of Hugging Face's config.json, in PascalCase.</summary>
public sealed record LanguageConfig
{
    /// <summary>Rows of the embedding, padding rows included.</summary>
    public required long VocabSize { get; init; }

    /// <summary>Width D.</summary>
    public required long HiddenSize { get; init; }

    /// <summary>Width of the feed-forward layers.</summary>
    public required long IntermediateSize { get; init; }

    /// <summary>Decoder layers.</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary>Query heads.</summary>
    public required int NumAttentionHeads { get; init; }

    /// <summary>Key and value heads; each serves NumAttentionHeads / NumKeyValueHeads query heads (GQA).</summary>
    public required int NumKeyValueHeads { get; init; }

    /// <summary>Longest sequence.</summary>
    public int MaxPositionEmbeddings { get; init; } = 32768;

    /// <summary>Base of the rotary embedding's wavelengths.</summary>
    public double RopeTheta { get; init; } = 1_000_000;

    /// <summary>Added to the mean square in norms.</summary>
    public double RmsNormEps { get; init; } = 1e-6;

    /// <summary>Whether the output projection is the embedding.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>Standard deviation of a random start.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Whether query, key and value projections have biases (Qwen2) or not (Llama).</summary>
    public bool AttentionBias { get; init; } = true;

    /// <summary>Width of one head where it is not HiddenSize / NumAttentionHeads.</summary>
    [JsonPropertyName("head_dim")]
    public long? OwnHeadDim { get; init; }

    /// <summary>How the rotary embedding is stretched beyond the lengths that the model was first trained on; null not at all.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Whether the output projection of attention has a bias too.</summary>
    [JsonIgnore]
    public bool OutputBias { get; init; }

    /// <summary>The family, as config.json names it.</summary>
    public string ModelType { get; init; } = Qwen2.ModelType;

    /// <summary>The class that loads such a model in transformers.</summary>
    public string Architecture => ((LanguageFamilyAttribute)LanguageFamily.Find(ModelType).Attribute).Architecture;

    /// <summary>Width of one head.</summary>
    [JsonIgnore]
    public long HeadDim => OwnHeadDim ?? HiddenSize / NumAttentionHeads;

    /// <summary>Throws where the sizes do not fit together.</summary>
    /// <exception cref="UserError">The first rule that is broken, with the values seen.</exception>
    public void Validate(string where)
    {
        // Before a size is computed with: sizes of parameters must not overflow, and no list may be as long as a number in a file.
        const long MostTokens = 1L << 28;
        const int Widest = 1 << 20, MostLayers = 4096, MostHeads = 1 << 14;
        Require(VocabSize > 0 && HiddenSize > 0 && IntermediateSize > 0 && NumHiddenLayers > 0, where,
            $"vocab_size {VocabSize}, hidden_size {HiddenSize}, intermediate_size {IntermediateSize} and num_hidden_layers {NumHiddenLayers} must be positive");
        Require(VocabSize <= MostTokens && HiddenSize <= Widest && IntermediateSize <= Widest && NumHiddenLayers <= MostLayers, where,
            $"vocab_size {VocabSize}, hidden_size {HiddenSize}, intermediate_size {IntermediateSize} or num_hidden_layers {NumHiddenLayers} is more than any model has");
        Require(NumAttentionHeads <= MostHeads && (OwnHeadDim ?? 0) <= MostHeads, where,
            $"num_attention_heads {NumAttentionHeads} or head_dim {OwnHeadDim} is more than any model has");
        Require(NumAttentionHeads > 0 && (OwnHeadDim is not null || HiddenSize % NumAttentionHeads == 0), where,
            $"hidden_size {HiddenSize} is not a multiple of num_attention_heads {NumAttentionHeads}");
        Require(HeadDim > 0 && HeadDim % 2 == 0, where, $"a head's width, {HeadDim}, must be even for rotary embeddings");
        Require(NumKeyValueHeads > 0 && NumAttentionHeads % NumKeyValueHeads == 0, where,
            $"num_attention_heads {NumAttentionHeads} is not a multiple of num_key_value_heads {NumKeyValueHeads}");
        Require(MaxPositionEmbeddings > 0, where, $"max_position_embeddings {MaxPositionEmbeddings} must be positive");
        Require(RopeTheta is > 0 and < double.PositiveInfinity && RmsNormEps is >= 0 and < double.PositiveInfinity && InitializerRange is >= 0 and < double.PositiveInfinity, where,
            $"rope_theta {RopeTheta}, rms_norm_eps {RmsNormEps} and initializer_range {InitializerRange} must be positive numbers");
        RopeScaling?.Validate(where);
    }

    private static void Require(bool holds, string where, string rule)
    {
        if (!holds) throw new UserError($"{where}: {rule}");
    }
}
