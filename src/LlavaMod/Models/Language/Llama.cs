namespace LlavaMod.Models.Language;

/// <summary>
/// Llama (Touvron et al. 2023) and what was made of it: Vicuna, TinyLlama, MobileLLaMA, Llama 2 and 3. Rotary positions, SwiGLU, RMSNorm, attention
/// without biases unless <c>attention_bias</c> says otherwise, grouped-query attention from Llama 2 on. Checkpoints: lmsys/vicuna-7b-v1.5,
/// TinyLlama/TinyLlama-1.1B-Chat-v1.0, mtgv/MobileLLaMA-1.4B-Chat and their kin.
/// </summary>
[LanguageFamily(ModelType, Summary = "Llama, Vicuna, TinyLlama, MobileLLaMA (arXiv 2302.13971)", Architecture = "LlamaForCausalLM", Aliases = ["llava"], Defaults = """
    {"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32}
    """)]
public sealed class Llama(Llama.Options options) : LanguageFamily
{
    /// <summary>The family's name in config.json.</summary>
    public const string ModelType = "llama";

    /// <summary>The keys of config.json; the vocabulary's size comes from the tokenizer or the checkpoint.</summary>
    public sealed record Options
    {
        /// <summary>Width.</summary>
        public required int HiddenSize { get; init; }

        /// <summary>Width of the feed-forward layers.</summary>
        public required int IntermediateSize { get; init; }

        /// <summary>Decoder layers.</summary>
        public required int NumHiddenLayers { get; init; }

        /// <summary>Query heads.</summary>
        public required int NumAttentionHeads { get; init; }

        /// <summary>Key and value heads; null as many as query heads.</summary>
        public int? NumKeyValueHeads { get; init; }

        /// <summary>Width of one head; null the model's width over its query heads.</summary>
        public int? HeadDim { get; init; }

        /// <summary>Longest sequence.</summary>
        public int MaxPositionEmbeddings { get; init; } = 2048;

        /// <summary>Base of the rotary embedding's wavelengths.</summary>
        public double RopeTheta { get; init; } = 10_000;

        /// <summary>How the rotary embedding is stretched to longer sequences; null not at all.</summary>
        public RopeScaling? RopeScaling { get; init; }

        /// <summary>Added to the mean square in norms.</summary>
        public double RmsNormEps { get; init; } = 1e-6;

        /// <summary>Whether the four projections of attention have biases.</summary>
        public bool AttentionBias { get; init; }

        /// <summary>Whether the output projection is the embedding.</summary>
        public bool TieWordEmbeddings { get; init; }

        /// <summary>Standard deviation of a random start.</summary>
        public double InitializerRange { get; init; } = 0.02;
    }

    /// <inheritdoc/>
    public override LanguageConfig Configure(long vocabSize) => new()
    {
        VocabSize = vocabSize,
        HiddenSize = options.HiddenSize,
        IntermediateSize = options.IntermediateSize,
        NumHiddenLayers = options.NumHiddenLayers,
        NumAttentionHeads = options.NumAttentionHeads,
        NumKeyValueHeads = options.NumKeyValueHeads ?? options.NumAttentionHeads,
        OwnHeadDim = options.HeadDim,
        MaxPositionEmbeddings = options.MaxPositionEmbeddings,
        RopeTheta = options.RopeTheta,
        RopeScaling = options.RopeScaling,
        RmsNormEps = options.RmsNormEps,
        TieWordEmbeddings = options.TieWordEmbeddings,
        InitializerRange = options.InitializerRange,
        AttentionBias = options.AttentionBias,
        OutputBias = options.AttentionBias,
        ModelType = ModelType,
    };
}
