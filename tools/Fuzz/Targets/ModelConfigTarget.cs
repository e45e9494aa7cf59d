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
        ModelConfigFile.ReadType(sandbox[ModelFolder.ConfigFile]);
        var config = ModelConfigFile.Read(sandbox[ModelFolder.ConfigFile]);
        ModelConfigFile.Write(config, "float32");
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        foreach (var sparse in (bool[])[false, true])
            yield return new Specimen(ModelFolder.ConfigFile, ModelConfigFile.Write(TinyModel.Config(sparse), "bfloat16"));
        yield return new Specimen(ModelFolder.ConfigFile, """
            {"model_type": "moe_llava_qwen2", "vocab_size": 8, "hidden_size": 4, "intermediate_size": 4, "num_hidden_layers": 2, "num_attention_heads": 2,
             "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "hidden_act": "silu", "torch_dtype": "float16", "mm_projector_type": "linear",
             "moe": {"moe_enable": true, "num_experts": [4], "moe_layers_idx": [0], "top_k_experts": 2, "capacity_factor": 1.5, "eval_capacity_factor": 2.0,
              "min_capacity": 0, "use_residual": false}}
            """);
    }
}
