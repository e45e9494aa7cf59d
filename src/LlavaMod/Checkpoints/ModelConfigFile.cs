using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;
using LlavaMod.Recipes;

namespace LlavaMod.Checkpoints;

/// <summary>
/// A model's config.json: the language model's keys at the top, as Hugging Face writes them; <c>mm_projector_type</c> and
/// <c>vision_config</c> for LLaVA; <c>experts</c> for a sparse student. LLaVA-MoD's <c>moe</c> section is read too.
/// </summary>
public static class ModelConfigFile
{
    private const long MostBytes = 1 << 20;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        IgnoreReadOnlyProperties = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">config.json.</param>
    /// <param name="visionPath">A tower's own config.json where the model's has no <c>vision_config</c>.</param>
    /// <exception cref="UserError">The file is missing, is not JSON, or says something that is not supported.</exception>
    public static LlavaConfig Read(string path, string? visionPath = null)
    {
        var json = ReadObject(path);
        return Checked(path, () =>
        {
            var vision = visionPath is not null ? ReadVision(visionPath, json)
                : json["vision_config"] is JsonObject nested ? ReadVision(nested, json, path)
                : null;
            var language = ReadLanguage(json, path);
            var experts = ReadExperts(json, path);
            experts?.Validate(path, language.NumHiddenLayers);
            return new LlavaConfig
            {
                Language = language,
                Vision = vision,
                Connector = vision is null ? null : ConnectorOf(json, path),
                Experts = experts,
            };
        });
    }

    /// <summary>Reads a tower's own config.json, or that of a whole CLIP or SigLIP model, of which it is the half named <c>vision_config</c>.</summary>
    /// <exception cref="UserError">The file is missing, is not JSON, or says something that is not supported.</exception>
    public static VisionConfig ReadVision(string path) => ReadVision(path, []);

    /// <summary>The type that the weights are stored in, as <c>torch_dtype</c> says; null where it does not.</summary>
    public static string? ReadType(string path)
    {
        var json = ReadObject(path);
        return Checked(path, () => (string?)(json["torch_dtype"] ?? json["dtype"]));
    }

    /// <summary>The text of a configuration that <see cref="Read"/> reads back equal.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="dtype">torch_dtype: float32 or bfloat16.</param>
    public static string Write(LlavaConfig config, string dtype)
    {
        var json = JsonSerializer.SerializeToNode(config.Language, Options)!.AsObject();
        json["model_type"] = config.Vision is null ? "qwen2" : "llava_qwen2";
        json["architectures"] = new JsonArray(config.Vision is null ? "Qwen2ForCausalLM" : "LlavaQwen2ForCausalLM");
        json["hidden_act"] = "silu";
        json["torch_dtype"] = dtype;
        if (config.Vision is { } vision)
        {
            json["mm_projector_type"] = config.Connector;
            json["mm_hidden_size"] = vision.HiddenSize;
            json["mm_vision_select_layer"] = vision.SelectLayer;
            json["mm_vision_select_feature"] = "patch";
            var nested = JsonSerializer.SerializeToNode(vision, Options)!.AsObject();
            nested.Remove("select_layer");
            json["vision_config"] = nested;
        }
        if (config.Experts is { } experts) json["experts"] = JsonSerializer.SerializeToNode(experts, Options);
        return json.ToJsonString(Options) + "\n";
    }

    private static T Checked<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new UserError($"{path}: {exception.Message}", exception);
        }
    }

    private static JsonObject ReadObject(string path)
    {
        if (!File.Exists(path)) throw new UserError($"{path}: no such file; a model folder holds config.json and model.safetensors");
        long length = new FileInfo(path).Length;
        if (length > MostBytes) throw new UserError($"{path}: {length} bytes are too many for a configuration (at most {MostBytes})");
        try
        {
            return JsonNode.Parse(File.ReadAllText(path))?.AsObject() ?? throw new UserError($"{path}: holds null, not a configuration");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new UserError($"{path}: not a JSON object: {exception.Message}", exception);
        }
    }

    private static string ConnectorOf(JsonObject json, string path) =>
        (string?)(json["mm_projector_type"] ?? json["image_projector_type"])
        ?? throw new UserError($"{path}: has a vision tower but no mm_projector_type");

    private static LanguageConfig ReadLanguage(JsonObject json, string path)
    {
        if ((bool?)json["use_sliding_window"] == true) throw new UserError($"{path}: use_sliding_window is not supported");
        if (json["rope_scaling"] is not null) throw new UserError($"{path}: rope_scaling is not supported");
        string activation = (string?)json["hidden_act"] ?? "silu";
        if (activation != "silu") throw new UserError($"{path}: hidden_act '{activation}' is not supported; silu is");
        long vocabulary = (long?)json["vocab_size"] ?? throw new UserError($"{path}: vocab_size is missing");
        string type = (string?)json["model_type"] ?? throw new UserError($"{path}: model_type is missing");
        foreach (string prefix in (string[])["moe_llava_", "llava_"]) type = type.StartsWith(prefix, StringComparison.Ordinal) ? type[prefix.Length..] : type;
        var family = Catalog<LanguageFamily>.Find(type);
        var config = ((LanguageFamily)family.Create(json.Deserialize(family.OptionsType!, Options))).Configure(vocabulary);
        config.Validate(path);
        return config;
    }

    private static VisionConfig ReadVision(string path, JsonObject model)
    {
        var json = ReadObject(path);
        return Checked(path, () => ReadVision(json["vision_config"] as JsonObject ?? json, model, path));
    }

    private static VisionConfig ReadVision(JsonObject nested, JsonObject model, string path)
    {
        var family = Catalog<VisionFamily>.Find((string?)nested["model_type"] ?? Clip.ModelType);
        var vision = ((VisionFamily)family.Create(nested.Deserialize(family.OptionsType!, Options))).Config;
        vision = vision with { SelectLayer = (int?)model["mm_vision_select_layer"] ?? -2 };
        vision.Validate(path);
        return vision;
    }

    private static ExpertsConfig? ReadExperts(JsonObject json, string path)
    {
        if (json["experts"] is JsonObject ours) return ours.Deserialize<ExpertsConfig>(Options);
        if (json["moe"] is not JsonObject moe || (bool?)moe["moe_enable"] != true) return null;
        int[] counts = [.. Key("num_experts").AsArray().Select(count => (int?)count ?? 0)];
        if (counts.Distinct().Count() != 1) throw new UserError($"{path}: moe.num_experts differs between layers, which is not supported");
        return new ExpertsConfig
        {
            Layers = [.. Key("moe_layers_idx").AsArray().Select(layer => (int?)layer ?? -1)],
            NumExperts = counts[0],
            TopK = (int)Key("top_k_experts"),
            CapacityFactor = (double)Key("capacity_factor"),
            EvalCapacityFactor = (double)Key("eval_capacity_factor"),
            MinCapacity = (int)Key("min_capacity"),
            UseResidual = (bool)Key("use_residual"),
            Reference = true,
        };

        JsonNode Key(string key) => moe[key] ?? throw new UserError($"{path}: moe has no {key}");
    }
}
