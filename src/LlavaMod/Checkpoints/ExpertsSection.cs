using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Models.Experts;

namespace LlavaMod.Checkpoints;

/// <summary>The part of config.json that describes experts: our own <c>experts</c>, or LLaVA-MoD's <c>moe</c>.</summary>
internal static class ExpertsSection
{
    /// <summary>Reads either; null for a dense model. LLaVA-MoD's routes as the original does.</summary>
    public static ExpertsConfig? Read(JsonObject json, string path)
    {
        if (json["experts"] is JsonObject ours) return ours.Deserialize<ExpertsConfig>(ConfigFile.Options);
        if (json["moe"] is not JsonObject moe || (bool?)moe["moe_enable"] != true) return null;
        int[] counts = [.. Key("num_experts").AsArray().Select(count => (int?)count ?? 0)];
        if (counts.Distinct().Count() != 1) throw new UserError($"{path}: moe.num_experts differs between layers, which is not supported");
        return new ExpertsConfig
        {
            Layers = [.. Key("moe_layers_idx").AsArray().Select(layer => (int?)layer ?? -1)],
            NumExperts = counts[0],
            TopK = (int)Key("top_k_experts"),
            CapacityFactor = (double)Key("capacity_factor"),
            EvalCapacityFactor = (double)Key("eval_capacity_factor"),
            MinCapacity = (int)Key("min_capacity"),
            UseResidual = (bool)Key("use_residual"),
            Reference = true,
        };

        JsonNode Key(string key) => moe[key] ?? throw new UserError($"{path}: moe has no {key}");
    }

    /// <summary>Our own section.</summary>
    public static JsonNode Write(ExpertsConfig experts) => JsonSerializer.SerializeToNode(experts, ConfigFile.Options)!;

    /// <summary>
    /// LLaVA-MoD's section. DeepSpeed's capacity is tokens / experts * K * factor, so that a model without a limit gets the factor experts / K, at which
    /// an expert has room for every token.
    /// </summary>
    public static JsonObject WriteDeepSpeed(ExpertsConfig experts)
    {
        double unlimited = (double)experts.NumExperts / experts.TopK;
        return new JsonObject
        {
            ["moe_enable"] = true,
            ["moe_mode"] = "custom",
            ["moe_layers_idx"] = new JsonArray([.. experts.Layers.Select(layer => (JsonNode)layer)]),
            ["ep_size"] = 1,
            ["num_experts"] = new JsonArray([.. experts.Layers.Select(_ => (JsonNode)experts.NumExperts)]),
            ["top_k_experts"] = experts.TopK,
            ["capacity_factor"] = experts.CapacityFactor ?? unlimited,
            ["eval_capacity_factor"] = experts.EvalCapacityFactor ?? unlimited,
            ["min_capacity"] = experts.MinCapacity,
            ["use_residual"] = experts.UseResidual,
            ["router_aux_loss_coef"] = 0.01,
            ["train_modules"] = new JsonArray("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj", "wg"),
        };
    }
}
