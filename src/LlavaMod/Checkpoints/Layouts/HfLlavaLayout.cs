using System.Text.Json.Nodes;
using LlavaMod.Models;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;

namespace LlavaMod.Checkpoints.Layouts;

/// <summary>
/// transformers' LlavaForConditionalGeneration (llava-hf/llava-1.5-7b-hf and its kin). Read in both of its ways to name tensors: with
/// <c>language_model.model.</c> and <c>vision_tower.</c> at the start, as transformers 4.37 wrote it and every version reads it, and with
/// <c>model.language_model.</c> and <c>model.vision_tower.</c>, as newer versions have it in memory. Written in the first.
/// </summary>
[CheckpointLayout("hf-llava", Order = 30, Summary = "transformers' LlavaForConditionalGeneration, dense")]
public sealed class HfLlavaLayout : CheckpointLayout
{
    private const string TwoLayers = "mlp2x_gelu";

    // Theirs, ours; the first of two names for one tensor is the one that is written.
    private static readonly (string Theirs, string Ours)[] Starts =
    [
        ("vision_tower.", CheckpointNames.Tower),
        ("multi_modal_projector.linear_1.", CheckpointNames.Connector + "0."),
        ("multi_modal_projector.linear_2.", CheckpointNames.Connector + "2."),
        ("language_model.lm_head.", "lm_head."),
        ("language_model.model.", "model."),
        ("model.vision_tower.", CheckpointNames.Tower),
        ("model.multi_modal_projector.linear_1.", CheckpointNames.Connector + "0."),
        ("model.multi_modal_projector.linear_2.", CheckpointNames.Connector + "2."),
        ("model.language_model.", "model."),
    ];

    /// <inheritdoc/>
    public override bool Recognizes(CheckpointSignature checkpoint) =>
        checkpoint.HasPrefix("vision_tower.", "multi_modal_projector.", "language_model.", "model.vision_tower.vision_model.", "model.multi_modal_projector.", "model.language_model.")
        || checkpoint.HasKey("text_config");

    /// <inheritdoc/>
    public override string ToOurs(string name) => Renaming.Prefix(name, Starts) ?? name;

    /// <inheritdoc/>
    public override string ToTheirs(string name) => Renaming.Prefix(name, Starts.Select(start => (start.Ours, start.Theirs))) ?? name;

    /// <inheritdoc/>
    public override LanguageConfig? Language(ConfigFile file)
    {
        Require(file, "model_type", "llava", usual: "");
        return LanguageSection.Read(Section(file, "text_config"), file.Path, nested: true);
    }

    /// <inheritdoc/>
    public override VisionConfig? Vision(ConfigFile file)
    {
        string strategy = (string?)file.Json["vision_feature_select_strategy"] ?? "default";
        return VisionSection.Select(
            VisionSection.Read(Section(file, "vision_config"), file.Path), FeatureLayer(file), withoutFirst: strategy == "default",
            strategy is "default" or "full", $"{file.Path}: vision_feature_select_strategy '{strategy}'");
    }

    /// <inheritdoc/>
    protected override (string Name, object? Options) Connector(ConfigFile file)
    {
        Require(file, "projector_hidden_act", "gelu", usual: "gelu");
        if ((bool?)file.Json["multimodal_projector_bias"] == false) throw new UserError($"{file.Path}: multimodal_projector_bias false is not supported");
        return (TwoLayers, null);
    }

    /// <inheritdoc/>
    /// <remarks>Without <c>image_token_index</c>, the id of the image placeholder in the tokenizer.</remarks>
    public override JsonObject Write(LlavaConfig config, string dtype)
    {
        if (config.Vision is not { } vision) throw new UserError($"layout {Name} needs a vision tower, and this is a language model alone");
        if (config.Experts is not null) throw new UserError($"layout {Name} is dense: transformers' LLaVA has no experts; a sparse model goes to layout llava-mod");
        if (config.Connector != TwoLayers) throw new UserError($"layout {Name} has the connector {TwoLayers} and no other; this model's is {config.Connector}");
        return new JsonObject
        {
            ["model_type"] = "llava",
            ["architectures"] = new JsonArray("LlavaForConditionalGeneration"),
            ["torch_dtype"] = dtype,
            ["text_config"] = LanguageSection.Write(config.Language),
            ["vision_config"] = VisionSection.Write(vision),
            ["projector_hidden_act"] = "gelu",
            ["multimodal_projector_bias"] = true,
            ["vision_feature_layer"] = vision.SelectLayer,
            ["vision_feature_select_strategy"] = vision.HasClassToken || vision.DropFirstPatch ? "default" : "full",
            ["image_seq_length"] = vision.Tokens,
            ["tie_word_embeddings"] = config.Language.TieWordEmbeddings,
        };
    }

    private static JsonObject Section(ConfigFile file, string key) =>
        file.Json[key] as JsonObject ?? throw new UserError($"{file.Path}: has no {key}, which transformers' LLaVA needs");

    private static int FeatureLayer(ConfigFile file) => file.Json["vision_feature_layer"] switch
    {
        null => VisionSection.UsualLayer,
        JsonArray { Count: 1 } one => (int?)one[0] ?? VisionSection.UsualLayer,
        JsonArray several => throw new UserError($"{file.Path}: vision_feature_layer {several.ToJsonString()} is not supported; one layer is"),
        var layer => (int)layer,
    };

    private static void Require(ConfigFile file, string key, string supported, string usual)
    {
        string value = (string?)file.Json[key] ?? usual;
        if (value != supported) throw new UserError($"{file.Path}: {key} '{value}' is not supported; {supported} is");
    }
}
