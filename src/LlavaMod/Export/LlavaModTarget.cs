namespace LlavaMod.Export;

/// <summary>
/// LLaVA-MoD's own code (arXiv 2408.15881): DeepSpeed's names for experts. The tower's weights are inside; its configuration is looked for where
/// <c>mm_image_tower</c> points, which is kept where the model came with one.
/// </summary>
[ExportTarget("llava-mod", Summary = "LLaVA-MoD's own code: sparse or dense, DeepSpeed's names for experts")]
public sealed class LlavaModTarget : ExportTarget
{
    private const string TowerKey = "mm_image_tower";

    /// <inheritdoc/>
    public override string Use => """
        Read by LLaVA-MoD's own code, whose `load_pretrained_model` takes the folder. Names and `config.json` are those of its checkpoints.
        """;

    /// <inheritdoc/>
    public override void Complete(ExportDraft draft)
    {
        draft.Keys["image_aspect_ratio"] = draft.Encoding.PadToSquare ? "pad" : "square";
        draft.Keys["mm_use_im_patch_token"] = false;
        draft.Keys["mm_use_im_start_end"] = false;
        draft.Keys["tokenizer_padding_side"] = "right";
        if (draft.Config.Vision is null) return;
        if ((draft.Source[TowerKey] ?? draft.Source["mm_vision_tower"]) is { } tower) draft.Keys[TowerKey] = tower.DeepClone();
        else draft.Notes.Add($"LLaVA-MoD's code reads the tower's configuration from elsewhere: set {TowerKey} in config.json to a folder or name of such a tower.");
    }
}
