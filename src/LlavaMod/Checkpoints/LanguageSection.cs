using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Models.Language;

namespace LlavaMod.Checkpoints;

/// <summary>The keys of config.json that describe a language model, as transformers writes them.</summary>
internal static class LanguageSection
{
    // What LLaVA and its descendants put before the language model's own type.
    private static readonly string[] Prefixes = ["moe_llava_", "llava_"];

    /// <summary>Reads the keys.</summary>
    /// <param name="json">The object that holds them.</param>
    /// <param name="path">The file, for messages.</param>
    /// <param name="nested">Whether the object is a part of another model's configuration, in which transformers leaves out what has its default.</param>
    public static LanguageConfig Read(JsonObject json, string path, bool nested)
    {
        Refuse(json, path, "use_sliding_window", "mlp_bias");
        string activation = (string?)json["hidden_act"] ?? "silu";
        if (activation != "silu") throw new UserError($"{path}: hidden_act '{activation}' is not supported; silu is");
        if ((double?)(json["partial_rotary_factor"] ?? json["rope_parameters"]?["partial_rotary_factor"]) is { } part && part != 1)
            throw new UserError($"{path}: partial_rotary_factor {part} is not supported; 1 is");
        string type = (string?)json["model_type"] ?? (nested ? Llama.ModelType : throw new UserError($"{path}: model_type is missing"));
        string own = Prefixes.Aggregate(type, (name, prefix) => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name);
        var family = LanguageFamily.Find(own, path);
        var keys = WithRope(nested ? Merged(((LanguageFamilyAttribute)family.Attribute).Defaults, json) : json);
        if (keys["rope_scaling"] is not null && family.OptionsType!.GetProperty(nameof(LanguageConfig.RopeScaling)) is null)
            throw new UserError($"{path}: rope_scaling is not supported for {family.Name}");
        long vocabulary = (long?)keys["vocab_size"] ?? throw new UserError($"{path}: vocab_size is missing");
        var config = ((LanguageFamily)family.Create(keys.Deserialize(family.OptionsType!, ConfigFile.Options))).Configure(vocabulary);
        config.Validate(path);
        return config;
    }

    /// <summary>The keys that <see cref="Read"/> reads back equal.</summary>
    public static JsonObject Write(LanguageConfig config)
    {
        var json = JsonSerializer.SerializeToNode(config, ConfigFile.Options)!.AsObject();
        json["model_type"] = config.ModelType;
        json["architectures"] = new JsonArray(config.Architecture);
        json["hidden_act"] = "silu";
        return json;
    }

    /// <summary>An object's keys over those of the JSON text <paramref name="defaults"/>.</summary>
    public static JsonObject Merged(string defaults, JsonObject json)
    {
        var merged = JsonNode.Parse(defaults)!.AsObject();
        foreach (var (key, value) in json) merged[key] = value?.DeepClone();
        return merged;
    }

    private static void Refuse(JsonObject json, string path, params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if ((bool?)json[key] == true) throw new UserError($"{path}: {key} is not supported");
        }
    }

    // transformers 5 has rope_theta and rope_scaling as one rope_parameters; the kind of scaling was once named 'type'.
    private static JsonObject WithRope(JsonObject json)
    {
        var keys = json.DeepClone().AsObject();
        if (keys["rope_parameters"] is JsonObject parameters)
        {
            keys.Remove("rope_parameters");
            if (parameters["rope_theta"] is { } theta) keys["rope_theta"] = theta.DeepClone();
            parameters["rope_type"] ??= "default";
            keys["rope_scaling"] = parameters;
        }
        if (keys["rope_scaling"] is not JsonObject scaling) return keys;
        scaling["rope_type"] ??= scaling["type"]?.DeepClone();
        if ((string?)scaling["rope_type"] == "default") keys["rope_scaling"] = null;
        return keys;
    }
}
