using LlavaMod.Checkpoints;
using LlavaMod.Fuzz.Checks;

namespace LlavaMod.Fuzz.Targets;

/// <summary>config.json: dense, sparse, and with LLaVA-MoD's own section.</summary>
[FuzzTarget("config", Summary = "a model's config.json")]
public sealed class ModelConfigTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        var config = ModelConfigFile.Read(sandbox[ModelFolder.ConfigFile]);
        ModelConfigFile.Write(config, "float32");
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        foreach (var sparse in (bool[])[false, true])
            yield return new Specimen(ModelFolder.ConfigFile, ModelConfigFile.Write(TinyModel.Config(sparse), "bfloat16"));
        yield return new Specimen(ModelFolder.ConfigFile, """
            {"model_type": "llava", "text_config": {"model_type": "llama", "vocab_size": 8, "hidden_size": 4, "intermediate_size": 4, "num_hidden_layers": 2,
              "num_attention_heads": 2, "rope_scaling": {"type": "linear", "factor": 2.0}}, "vision_config": {"model_type": "clip_vision_model", "hidden_size": 4,
              "intermediate_size": 4, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 4, "patch_size": 2}, "projector_hidden_act": "gelu",
             "vision_feature_layer": -2, "vision_feature_select_strategy": "default", "torch_dtype": "float16"}
            """);
        yield return new Specimen(ModelFolder.ConfigFile, """
            {"model_type": "llava_llama", "vocab_size": 8, "hidden_size": 4, "intermediate_size": 4, "num_hidden_layers": 2, "num_attention_heads": 2,
             "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64},
             "mm_projector_type": "resampler", "mm_vision_select_layer": -2, "vision_config": {"model_type": "siglip_vision_model", "hidden_size": 4,
              "intermediate_size": 4, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 4, "patch_size": 2}}
            """);
        yield return new Specimen(
        [
            new SpecimenFile(ModelFolder.ConfigFile, """
                {"model_type": "llava_qwen2", "vocab_size": 8, "hidden_size": 4, "intermediate_size": 4, "num_hidden_layers": 2, "num_attention_heads": 2,
                 "mm_projector_type": "mlp3x_gelu", "mm_vision_tower": "towers/clip", "mm_vision_select_layer": -2}
                """u8.ToArray()),
            new SpecimenFile("towers/clip/config.json", """
                {"model_type": "clip", "vision_config": {"hidden_size": 4, "intermediate_size": 4, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 4,
                 "patch_size": 2}}
                """u8.ToArray()),
        ]);
        yield return new Specimen(ModelFolder.ConfigFile, """
            {"model_type": "moe_llava_qwen2", "vocab_size": 8, "hidden_size": 4, "intermediate_size": 4, "num_hidden_layers": 2, "num_attention_heads": 2,
             "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "hidden_act": "silu", "torch_dtype": "float16", "mm_projector_type": "linear",
             "moe": {"moe_enable": true, "num_experts": [4], "moe_layers_idx": [0], "top_k_experts": 2, "capacity_factor": 1.5, "eval_capacity_factor": 2.0,
              "min_capacity": 0, "use_residual": false}}
            """);
    }
}
