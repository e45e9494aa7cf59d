namespace LlavaMod.Checkpoints;

/// <summary>
/// Names of a checkpoint's tensors. Ours are those of the original LLaVA and, for experts, of Hugging Face's Qwen2-MoE; other layouts are
/// renamed as they are read.
/// </summary>
public static class CheckpointNames
{
    /// <summary>What the names of a tower's tensors start with.</summary>
    public const string Tower = "model.vision_tower.vision_tower.";

    private const string Clip = "vision_model.";

    private static readonly (string Theirs, string Ours)[] Renamed =
    [
        ("model.image_tower.image_tower.", Tower),
        ("model.mm_projector.image_spatial_proj.", "model.mm_projector."),
        (".deepspeed_moe.experts.deepspeed_experts.", ".experts."),
        (".deepspeed_moe.gate.wg.", ".gate."),
        (".mlp.mlp.", ".mlp.residual_expert."),
    ];

    /// <summary>Our name for a tensor of LLaVA-MoD's layout, of a CLIP checkpoint's vision half, or of our own.</summary>
    public static string ToOurs(string name)
    {
        if (name.StartsWith(Clip, StringComparison.Ordinal)) name = Tower + name;
        foreach (var (theirs, ours) in Renamed) name = name.Replace(theirs, ours, StringComparison.Ordinal);
        return name;
    }
}
