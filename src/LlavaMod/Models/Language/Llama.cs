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

    /// <summary>The keys of config.json.</summary>
    public sealed record Options : DecoderOptions
    {
        /// <summary>Longest sequence.</summary>
        public int MaxPositionEmbeddings { get; init; } = 2048;

        /// <summary>Base of the rotary embedding's wavelengths.</summary>
        public double RopeTheta { get; init; } = 10_000;

        /// <summary>How the rotary embedding is stretched to longer sequences; null not at all.</summary>
        public RopeScaling? RopeScaling { get; init; }

        /// <summary>Width of one head; null the model's width over its query heads.</summary>
        public int? HeadDim { get; init; }

        /// <summary>Whether the four projections of attention have biases.</summary>
        public bool AttentionBias { get; init; }
    }

    /// <inheritdoc/>
    public override LanguageConfig Configure(long vocabSize) => options.Configure(ModelType, vocabSize, options.MaxPositionEmbeddings, options.RopeTheta) with
    {
        OwnHeadDim = options.HeadDim,
        RopeScaling = options.RopeScaling,
        AttentionBias = options.AttentionBias,
        OutputBias = options.AttentionBias,
    };
}
