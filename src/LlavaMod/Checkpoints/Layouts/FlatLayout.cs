using System.Text.Json.Nodes;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;

namespace LlavaMod.Checkpoints.Layouts;

/// <summary>
/// What the layouts have in common that descend from the original LLaVA: the language model's keys are at the top of config.json, and those of
/// the connector and the tower beside them (<c>mm_projector_type</c>, <c>mm_vision_select_layer</c>, ...). The tower's own sizes are in
/// <c>vision_config</c>, in a file vision_config.json beside, or in the folder that <c>mm_vision_tower</c> names.
/// </summary>
public abstract class FlatLayout : CheckpointLayout
{
    /// <summary>The key that names the tower's own folder.</summary>
    protected virtual string TowerKey => TowerFolder.Key;

    /// <summary>The key that names the connector.</summary>
    protected virtual string ConnectorKey => "mm_projector_type";

    /// <inheritdoc/>
    public override LanguageConfig? Language(ConfigFile file) => LanguageSection.Read(file.Json, file.Path, nested: false);

    /// <inheritdoc/>
    public override ExpertsConfig? Experts(ConfigFile file) => ExpertsSection.Read(file.Json, file.Path);

    /// <inheritdoc/>
    public override VisionConfig? Vision(ConfigFile file)
    {
        if ((bool?)file.Json["mm_use_im_start_end"] == true) throw new UserError($"{file.Path}: mm_use_im_start_end, tokens around each picture, is not supported");
        if ((string?)file.Json["mm_patch_merge_type"] is { } merge && merge != "flat") throw new UserError($"{file.Path}: mm_patch_merge_type '{merge}' is not supported; flat is");
        if (file.VisionPath is null && file.Json["vision_config"] is JsonObject nested) return Selected(VisionSection.Read(nested, file.Path), file);
        string beside = Path.Combine(file.Folder, "vision_config.json");
        return (file.VisionPath ?? (File.Exists(beside) ? beside : TowerFolder.ConfigOf(file))) is { } path ? Selected(VisionSection.ReadFile(path), file) : null;
    }

    /// <inheritdoc/>
    protected override (string Name, object? Options) Connector(ConfigFile file)
    {
        string name = (string?)(file.Json["mm_projector_type"] ?? file.Json["image_projector_type"])
            ?? throw new UserError($"{file.Path}: has a vision tower but no {ConnectorKey}");
        return (name, ConnectorSection.Read(file, name));
    }

    /// <inheritdoc/>
    public override JsonObject Write(LlavaConfig config, string dtype)
    {
        var json = LanguageSection.Write(config.Language);
        json["torch_dtype"] = dtype;
        if (config.Vision is { } vision)
        {
            json["model_type"] = $"llava_{config.Language.ModelType}";
            json["architectures"] = new JsonArray($"Llava{config.Language.Architecture}");
            json[ConnectorKey] = config.Connector;
            ConnectorSection.Write(json, config);
            json["mm_hidden_size"] = vision.HiddenSize;
            json["mm_vision_select_layer"] = vision.SelectLayer;
            json["mm_vision_select_feature"] = vision.HasClassToken || vision.DropFirstPatch ? "patch" : "cls_patch";
            json["vision_config"] = VisionSection.Write(vision);
        }
        WriteExperts(json, config);
        return json;
    }

    /// <summary>Adds the experts of a sparse model to its configuration.</summary>
    protected abstract void WriteExperts(JsonObject json, LlavaConfig config);

    // LLaVA's 'patch' leaves out the first feature: CLIP's class token, and with SigLIP, which has none, a real patch.
    private static VisionConfig Selected(VisionConfig vision, ConfigFile file)
    {
        string feature = (string?)file.Json["mm_vision_select_feature"] ?? "patch";
        return VisionSection.Select(
            vision, (int?)file.Json["mm_vision_select_layer"] ?? VisionSection.UsualLayer, withoutFirst: feature == "patch",
            feature is "patch" or "cls_patch", $"{file.Path}: mm_vision_select_feature '{feature}'");
    }
}
