using System.Text.Json.Nodes;
using LlavaMod.Models;

namespace LlavaMod.Checkpoints.Layouts;

/// <summary>
/// The original LLaVA's (Liu et al. 2023; liuhaotian/llava-v1.5-7b and its kin): dense, <c>model.mm_projector.0.weight</c>, and a tower that is
/// either inside (<c>model.vision_tower.vision_tower...</c>) or, as published, in a folder of its own, which <c>mm_vision_tower</c> names.
/// </summary>
[CheckpointLayout("llava", Order = 60, Summary = "the original LLaVA's: model.mm_projector.*, the tower inside or in a folder of its own")]
public sealed class LlavaLayout : FlatLayout
{
    /// <inheritdoc/>
    public override bool Recognizes(CheckpointSignature checkpoint) =>
        checkpoint.HasPrefix(CheckpointNames.Connector, CheckpointNames.Tower) || checkpoint.HasKey("mm_projector_type", TowerFolder.Key);

    /// <inheritdoc/>
    protected override void WriteExperts(JsonObject json, LlavaConfig config)
    {
        ConnectorSection.RequireOfLlava(config, Name);
        if (config.Experts is not null) throw new UserError("the original LLaVA has no experts; a sparse model goes to layout native or llava-mod");
    }
}
