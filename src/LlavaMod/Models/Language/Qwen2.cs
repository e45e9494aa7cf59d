namespace LlavaMod.Models.Language;

/// <summary>
/// Qwen1.5, Qwen2 and Qwen2.5 (Yang et al. 2024): grouped-query attention with biases on query, key and value, rotary positions, SwiGLU,
/// RMSNorm, tied embeddings in the small sizes. Checkpoints: Qwen/Qwen1.5-0.5B ... Qwen/Qwen2.5-7B and their kin.
/// </summary>
[LanguageFamily(ModelType, Summary = "Qwen1.5, Qwen2 and Qwen2.5 (arXiv 2407.10671)", Architecture = "Qwen2ForCausalLM", Aliases = ["qwen1_5"], Defaults = """
    {"vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016, "num_hidden_layers": 32, "num_attention_heads": 32,
     "num_key_value_heads": 32, "max_position_embeddings": 32768, "rope_theta": 10000.0, "rms_norm_eps": 1e-6}
    """)]
public sealed class Qwen2(Qwen2.Options options) : LanguageFamily
{
    /// <summary>The family's name in config.json.</summary>
    public const string ModelType = "qwen2";

    /// <summary>The keys of config.json.</summary>
    public sealed record Options : DecoderOptions
    {
        /// <summary>Longest sequence.</summary>
        public int MaxPositionEmbeddings { get; init; } = 32768;

        /// <summary>Base of the rotary embedding's wavelengths.</summary>
        public double RopeTheta { get; init; } = 1_000_000;
    }

    /// <inheritdoc/>
    public override LanguageConfig Configure(long vocabSize) =>
        options.Configure(ModelType, vocabSize, options.MaxPositionEmbeddings, options.RopeTheta) with { AttentionBias = true };
}
