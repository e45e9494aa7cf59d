using System.Text.Json.Nodes;
using LlavaMod.Models;

namespace LlavaMod.Checkpoints.Layouts;

/// <summary>
/// What this program writes: the original LLaVA's names with the tower inside, experts named as in Hugging Face's Qwen2-MoE
/// (<c>mlp.gate.weight</c>, <c>mlp.experts.N.up_proj.weight</c>), and in config.json <c>vision_config</c> and <c>experts</c>.
/// </summary>
[CheckpointLayout("native", Order = 50, Summary = "this program's own: LLaVA's names, the tower inside, experts as in Qwen2-MoE")]
public sealed class NativeLayout : FlatLayout
{
    /// <inheritdoc/>
    public override bool Recognizes(CheckpointSignature checkpoint) =>
        checkpoint.HasKey("vision_config", "experts") || checkpoint.HasPart(".mlp.experts.") || checkpoint.HasPart(".mlp.gate.weight")
        || (checkpoint.Config is null && checkpoint.HasPrefix(CheckpointNames.Tower));

    /// <inheritdoc/>
    protected override void WriteExperts(JsonObject json, LlavaConfig config)
    {
        if (config.Experts is { } experts) json["experts"] = ExpertsSection.Write(experts);
    }
}
