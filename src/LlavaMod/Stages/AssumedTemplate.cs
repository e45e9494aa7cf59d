using System.Text.Json.Nodes;
using LlavaMod.Checkpoints;
using LlavaMod.Data;
using LlavaMod.Recipes;
using LlavaMod.Tokenization.Templates;

namespace LlavaMod.Stages;

/// <summary>
/// The chat template of a folder that others made, from what its files say: LLaVA over Llama speaks as Vicuna does, and a language model whose
/// tokenizer_config.json has Qwen's own template speaks that. Anything else is taken for LLaVA-MoD's <c>qwen</c>.
/// </summary>
/// <param name="Spec">The template.</param>
/// <param name="Reason">What it was chosen by.</param>
internal sealed record AssumedTemplate(TemplateSpec Spec, string Reason)
{
    private const long MostBytes = 16 << 20;
    private const string Qwen25System = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";

    /// <summary>Looks at config.json and tokenizer_config.json.</summary>
    public static AssumedTemplate Of(string folder)
    {
        var config = Read(folder, ModelFolder.ConfigFile);
        var type = Text(config, "model_type");
        if (type is "llava_llama" || (type == "llava" && (Text(config["text_config"], "model_type") ?? "llama") == "llama"))
            return new AssumedTemplate(new TemplateSpec { Name = "vicuna_v1" }, $"config.json's model_type is {type}");
        if (type is not null && type.StartsWith("llava", StringComparison.Ordinal))
            return new AssumedTemplate(new TemplateSpec(), $"config.json's model_type is {type}");
        if (Text(Read(folder, "tokenizer_config.json"), "chat_template") is { } jinja && SystemOf(jinja) is { } system)
        {
            var options = new ChatMlTemplate.Options { System = system };
            return new AssumedTemplate(new TemplateSpec { Name = "chatml", Options = options }, "tokenizer_config.json's chat_template is Qwen's");
        }
        return new AssumedTemplate(new TemplateSpec(), "nothing says otherwise");
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
