using System.Text.Json.Nodes;
using LlavaMod.Models;

namespace LlavaMod.Checkpoints.Layouts;

/// <summary>
/// LLaVA-MoD's (Shu et al. 2024, arXiv 2408.15881): DeepSpeed's names for experts (<c>mlp.deepspeed_moe.gate.wg.weight</c>), <c>image_tower</c> and
/// <c>image_spatial_proj</c>, and a <c>moe</c> section in config.json. The tower is inside; its config.json is in the folder that
/// <c>mm_image_tower</c> names.
/// </summary>
[CheckpointLayout("llava-mod", Order = 40, Summary = "LLaVA-MoD's: DeepSpeed's experts, image_tower, image_spatial_proj (arXiv 2408.15881)")]
public sealed class LlavaModLayout : FlatLayout
{
    private const string TowerInside = "model.image_tower.image_tower.";
    private const string ConnectorInside = "model.mm_projector.image_spatial_proj.";

    /// <inheritdoc/>
    protected override string TowerKey => "mm_image_tower";

    /// <inheritdoc/>
    protected override string ConnectorKey => "image_projector_type";

    /// <inheritdoc/>
    public override bool Recognizes(CheckpointSignature checkpoint) =>
        checkpoint.HasPrefix(TowerInside, ConnectorInside) || checkpoint.HasPart(".deepspeed_moe.")
        || checkpoint.HasKey("moe", "image_projector_type", "mm_image_tower");

    /// <inheritdoc/>
    public override string ToOurs(string name) => Renaming.Prefix(name, TowerInside, CheckpointNames.Tower)
        ?? Renaming.Prefix(name, ConnectorInside, CheckpointNames.Connector)
        ?? name.Replace(".deepspeed_moe.experts.deepspeed_experts.", ".experts.", StringComparison.Ordinal)
            .Replace(".deepspeed_moe.gate.wg.", ".gate.", StringComparison.Ordinal)
            .Replace(".mlp.mlp.", ".mlp.residual_expert.", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToTheirs(string name) => Renaming.Prefix(name, CheckpointNames.Tower, TowerInside)
        ?? Renaming.Prefix(name, CheckpointNames.Connector, ConnectorInside)
        ?? name.Replace(".mlp.experts.", ".mlp.deepspeed_moe.experts.deepspeed_experts.", StringComparison.Ordinal)
            .Replace(".mlp.gate.weight", ".mlp.deepspeed_moe.gate.wg.weight", StringComparison.Ordinal)
            .Replace(".mlp.residual_expert.", ".mlp.mlp.", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override JsonObject Write(LlavaConfig config, string dtype)
    {
        ConnectorSection.RequireOfLlava(config, Name);
        var json = base.Write(config, dtype);
        json["use_mm_proj"] = config.Vision is not null;
        if (config.Experts is not null)
        {
            json["model_type"] = $"moe_llava_{config.Language.ModelType}";
            json["architectures"] = new JsonArray($"LLaVAMoD{config.Language.Architecture}");
        }
        return json;
    }

    /// <inheritdoc/>
    protected override void WriteExperts(JsonObject json, LlavaConfig config)
    {
        if (config.Experts is { } experts) json["moe"] = ExpertsSection.WriteDeepSpeed(experts);
    }
}
