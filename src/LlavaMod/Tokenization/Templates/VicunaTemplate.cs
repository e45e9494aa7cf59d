namespace LlavaMod.Tokenization.Templates;

/// <summary>
/// The template of Vicuna 1.1 and LLaVA-1.5 (2310.03744; <c>vicuna_v1</c> in LLaVA's conversation.py): one beginning of text, and an end of text
/// behind each answer.
/// <code>&lt;s&gt;SYSTEM USER: question ASSISTANT: answer&lt;/s&gt;USER: question ASSISTANT: answer&lt;/s&gt;</code>
/// </summary>
[ChatTemplate("vicuna_v1", Summary = "LLaVA-1.5's template: SYSTEM USER: .. ASSISTANT: ..</s> (2310.03744)")]
public sealed class VicunaTemplate(VicunaTemplate.Options options) : RoleWordsTemplate(options.System, options.Reference)
{
    /// <summary>Options of <c>vicuna_v1</c>.</summary>
    public sealed record Options
    {
        /// <summary>The text in front of the first turn; empty for none.</summary>
        public string System { get; init; } = VicunaSystem;

        /// <summary>Whether labels are found as LLaVA does, which gives a conversation up where a second tokenisation has another length.</summary>
        public bool Reference { get; init; }
    }

    /// <inheritdoc/>
    public override ChatTemplate WithSystem(string system) => new VicunaTemplate(options with { System = system });

    /// <inheritdoc/>
    protected override (string Beginning, string End) Marks => ("<s>", "</s>");
}
