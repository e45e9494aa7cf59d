using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Models.Vision;
using LlavaMod.Recipes;

namespace LlavaMod.Checkpoints;

/// <summary>The keys of config.json that describe a vision tower, as transformers writes them.</summary>
internal static class VisionSection
{
    /// <summary>The hidden state that LLaVA takes where nothing is said.</summary>
    public const int UsualLayer = -2;

    /// <summary>Reads a tower's own config.json, or that of a whole CLIP or SigLIP, of which it is the half named <c>vision_config</c>.</summary>
    public static VisionConfig ReadFile(string path)
    {
        var file = ConfigFile.Read(path);
        return file.Checked(() => Read(file.Json["vision_config"] as JsonObject ?? file.Json, path));
    }

    /// <summary>Reads the keys of one object; what transformers leaves out has the family's defaults.</summary>
    public static VisionConfig Read(JsonObject json, string path)
    {
        var family = Catalog<VisionFamily>.Find((string?)json["model_type"] ?? Clip.ModelType, path);
        var keys = LanguageSection.Merged(((VisionFamilyAttribute)family.Attribute).Defaults, json);
        var vision = ((VisionFamily)family.Create(keys.Deserialize(family.OptionsType!, ConfigFile.Options))).Config with { SelectLayer = UsualLayer };
        vision.Validate(path);
        return vision;
    }

    /// <summary>A tower of which a model takes this layer, and all features or all but the first.</summary>
    /// <param name="vision">The tower.</param>
    /// <param name="layer">The hidden state; negative counts from the last.</param>
    /// <param name="withoutFirst">Whether the first feature is left out.</param>
    /// <param name="known">Whether the choice is one of the two.</param>
    /// <param name="choice">The file and the choice as it says it, for messages.</param>
    public static VisionConfig Select(VisionConfig vision, int layer, bool withoutFirst, bool known, string choice)
    {
        if (!known) throw new UserError($"{choice} is unknown");
        if (vision.HasClassToken && !withoutFirst) throw new UserError($"{choice} gives the language model {vision.ModelType}'s class token, which is not supported");
        vision = vision with { SelectLayer = layer, DropFirstPatch = !vision.HasClassToken && withoutFirst };
        vision.Validate(choice);
        return vision;
    }

    /// <summary>The keys that <see cref="Read"/> reads back equal, but for what a model takes of the tower.</summary>
    public static JsonObject Write(VisionConfig vision)
    {
        var json = JsonSerializer.SerializeToNode(vision, ConfigFile.Options)!.AsObject();
        json.Remove("select_layer");
        json.Remove("drop_first_patch");
        return json;
    }
}
