namespace LlavaMod.Tokenization.Templates;

/// <summary>
/// The template that LLaVA-MoD trains Qwen models with (2408.15881): Vicuna's words, <c>&lt;|endoftext|&gt;</c> behind each answer.
/// <code>SYSTEM USER: question ASSISTANT: answer&lt;|endoftext|&gt;USER: question ASSISTANT: answer&lt;|endoftext|&gt;</code>
/// </summary>
[ChatTemplate("qwen", Summary = "LLaVA-MoD's template for Qwen: SYSTEM USER: .. ASSISTANT: ..<|endoftext|> (2408.15881)")]
public sealed class QwenTemplate(QwenTemplate.Options options) : RoleWordsTemplate(options.System, options.Reference)
{
    /// <summary>Options of <c>qwen</c>.</summary>
    public sealed record Options
    {
        /// <summary>The text in front of the first turn; empty for none.</summary>
        public string System { get; init; } = VicunaSystem;

        /// <summary>Whether labels are found as LLaVA-MoD does, which gives a conversation up where a second tokenisation has another length.</summary>
        public bool Reference { get; init; }
    }

    /// <inheritdoc/>
    public override ChatTemplate WithSystem(string system) => new QwenTemplate(options with { System = system });
}
