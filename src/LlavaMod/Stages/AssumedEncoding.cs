using System.Text.Json.Nodes;
using LlavaMod.Checkpoints;
using LlavaMod.Data;
using LlavaMod.Recipes;
using LlavaMod.Tokenization.Templates;

namespace LlavaMod.Stages;

/// <summary>
/// How text and pictures reach a model whose folder others made, from what its files say. LLaVA over Llama speaks as Vicuna does, and a language
/// model whose tokenizer_config.json has Qwen's own template speaks that; anything else is taken for LLaVA-MoD's <c>qwen</c>. Pictures are padded to
/// squares, as LLaVA-1.5 and LLaVA-MoD do, unless LLaVA's image_aspect_ratio says otherwise.
/// </summary>
/// <param name="Template">The chat template.</param>
/// <param name="PadToSquare">Whether pictures are padded.</param>
/// <param name="Reasons">What was chosen, and by what, in words.</param>
internal sealed record AssumedEncoding(TemplateSpec Template, bool PadToSquare, string Reasons)
{
    private const long MostBytes = 16 << 20;
    private const string Qwen25System = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";

    /// <summary>Looks at config.json and tokenizer_config.json.</summary>
    public static AssumedEncoding Of(string folder)
    {
        var config = Read(folder, ModelFolder.ConfigFile);
        var (template, reason) = TemplateOf(config, folder);
        var ratio = Text(config, "image_aspect_ratio");
        var pictures = ratio switch
        {
            null => "pictures are padded to squares",
            "pad" => "pictures are padded to squares (image_aspect_ratio is pad)",
            "square" => "pictures are not padded (image_aspect_ratio is square)",
            _ => $"pictures are padded to squares, because image_aspect_ratio {ratio} is not done here",
        };
        return new AssumedEncoding(template, ratio != "square", $"conversations are written as '{template.Name}' does ({reason}), {pictures}");
    }

    private static (TemplateSpec Template, string Reason) TemplateOf(JsonObject config, string folder)
    {
        var type = Text(config, "model_type");
        if (type is "llava_llama" || (type == "llava" && (Text(config["text_config"], "model_type") ?? "llama") == "llama"))
            return (new TemplateSpec { Name = "vicuna_v1" }, $"config.json's model_type is {type}");
        if (type is not null && type.StartsWith("llava", StringComparison.Ordinal))
            return (new TemplateSpec(), $"config.json's model_type is {type}");
        if (Text(Read(folder, "tokenizer_config.json"), "chat_template") is { } jinja && SystemOf(jinja) is { } system)
            return (new TemplateSpec { Name = "chatml", Options = new ChatMlTemplate.Options { System = system } }, "tokenizer_config.json's chat_template is Qwen's");
        return (new TemplateSpec(), "nothing says otherwise");
    }

    // Which of Qwen's templates it is shows in the system message that it falls back on.
    private static string? SystemOf(string jinja)
    {
        if (!jinja.Contains("<|im_start|>", StringComparison.Ordinal) || !jinja.Contains("<|im_end|>", StringComparison.Ordinal))
            return null;
        if (jinja.Contains(Qwen25System, StringComparison.Ordinal))
            return Qwen25System;
        var usual = new ChatMlTemplate.Options().System;
        return jinja.Contains(usual, StringComparison.Ordinal) ? usual : null;
    }

    private static JsonObject Read(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? JsonFile.ReadObject(path, MostBytes) : [];
    }

    private static string? Text(JsonNode? node, string name)
        => node is JsonObject json && json[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
