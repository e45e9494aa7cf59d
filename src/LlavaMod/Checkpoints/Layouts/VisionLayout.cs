using LlavaMod.Models.Vision;

namespace LlavaMod.Checkpoints.Layouts;

/// <summary>
/// A vision tower without a language model, as transformers writes it: CLIPVisionModel or SiglipVisionModel, or a whole CLIP or SigLIP, of which it
/// is the half named <c>vision_model.</c> (openai/clip-vit-large-patch14-336, google/siglip-so400m-patch14-384).
/// </summary>
[CheckpointLayout("vision", Order = 20, Summary = "a CLIP or SigLIP, or its vision half alone")]
public sealed class VisionLayout : CheckpointLayout
{
    private const string Start = "vision_model.";

    /// <inheritdoc/>
    public override bool Recognizes(CheckpointSignature checkpoint) =>
        checkpoint.HasPrefix(Start) || checkpoint.ModelType.EndsWith("_vision_model", StringComparison.Ordinal)
        || (checkpoint.HasKey("vision_config") && checkpoint.ModelType is "clip" or "siglip");

    /// <inheritdoc/>
    public override string ToOurs(string name) => Renaming.Prefix(name, Start, CheckpointNames.Tower + Start) ?? name;

    /// <inheritdoc/>
    public override string ToTheirs(string name) => Renaming.Prefix(name, CheckpointNames.Tower, "") ?? name;

    /// <inheritdoc/>
    public override VisionConfig? Vision(ConfigFile file) => VisionSection.ReadFile(file.Path);
}
