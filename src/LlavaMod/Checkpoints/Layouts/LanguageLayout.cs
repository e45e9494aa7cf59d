using System.Text.Json.Nodes;
using LlavaMod.Models;
using LlavaMod.Models.Language;

namespace LlavaMod.Checkpoints.Layouts;

/// <summary>A dense language model without a tower, as transformers writes it: Qwen2ForCausalLM, LlamaForCausalLM.</summary>
[CheckpointLayout("language", Order = 70, Summary = "a dense language model alone, as transformers writes it")]
public sealed class LanguageLayout : CheckpointLayout
{
    /// <inheritdoc/>
    public override bool Recognizes(CheckpointSignature checkpoint) =>
        checkpoint.HasPrefix("model.layers.", "model.embed_tokens.") || (checkpoint.Names.Count == 0 && checkpoint.Config is not null);

    /// <inheritdoc/>
    public override LanguageConfig? Language(ConfigFile file) => LanguageSection.Read(file.Json, file.Path, nested: false);

    /// <inheritdoc/>
    public override JsonObject Write(LlavaConfig config, string dtype)
    {
        if (config.Vision is not null || config.Experts is not null) throw new UserError($"layout {Name} has a dense language model and nothing else");
        var json = LanguageSection.Write(config.Language);
        json["torch_dtype"] = dtype;
        return json;
    }
}
