namespace LlavaMod.Checkpoints;

/// <summary>
/// Names of a checkpoint's tensors. Ours are those of the original LLaVA and, for experts, of Hugging Face's Qwen2-MoE; other layouts are
/// renamed as they are read.
/// </summary>
public static class CheckpointNames
{
    private static readonly (string Theirs, string Ours)[] Renamed =
    [
        ("model.image_tower.image_tower.", "model.vision_tower.vision_tower."),
        ("model.mm_projector.image_spatial_proj.", "model.mm_projector."),
        (".deepspeed_moe.experts.deepspeed_experts.", ".experts."),
        (".deepspeed_moe.gate.wg.", ".gate."),
    ];

    /// <summary>Our name for a tensor of LLaVA-MoD's layout, or of our own.</summary>
    public static string ToOurs(string name)
    {
        foreach (var (theirs, ours) in Renamed) name = name.Replace(theirs, ours, StringComparison.Ordinal);
        return name;
    }
}
