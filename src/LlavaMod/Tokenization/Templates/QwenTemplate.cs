using LlavaMod.Data;

namespace LlavaMod.Tokenization.Templates;

/// <summary>
/// The template that LLaVA-MoD trains Qwen models with (2408.15881): Vicuna's words, <c>&lt;|endoftext|&gt;</c> behind each answer.
/// <code>SYSTEM USER: question ASSISTANT: answer&lt;|endoftext|&gt;USER: question ASSISTANT: answer&lt;|endoftext|&gt;</code>
/// Placeholders stay where they are. As in LLaVA, an assistant's turn that comes first is left out.
/// </summary>
[ChatTemplate("qwen", Summary = "LLaVA-MoD's template for Qwen: SYSTEM USER: .. ASSISTANT: ..<|endoftext|> (2408.15881)")]
public sealed class QwenTemplate(QwenTemplate.Options options) : ChatTemplate
{
    /// <summary>Options of <c>qwen</c>.</summary>
    public sealed record Options
    {
        /// <summary>The text in front of the first turn; empty for none.</summary>
        public string System { get; init; } =
            "A chat between a curious user and an artificial intelligence assistant. "
            + "The assistant gives helpful, detailed, and polite answers to the user's questions.";
    }

    /// <inheritdoc/>
    public override string ToJinja(Tokenizer tokenizer) =>
        JinjaText + (options.System.Length > 0 ? $"{{{{ {JinjaConstant(options.System + " ")} }}}}" : "")
        + "{% for message in messages %}{% if message['role'] == 'user' %}USER: {{ text(message['content']) }} "
        + $"{{% else %}}ASSISTANT: {{{{ text(message['content']) }}}}{{{{ {JinjaConstant(tokenizer.Tokens[tokenizer.EndOfText])} }}}}{{% endif %}}{{% endfor %}}"
        + "{% if add_generation_prompt %}ASSISTANT:{% endif %}";

    /// <inheritdoc/>
    protected override IEnumerable<Span> Spans(IReadOnlyList<Turn> turns)
    {
        if (options.System.Length > 0)
            yield return new Span(options.System + " ");
        var first = turns is [{ Role: Role.Assistant }, ..] ? 1 : 0;
        for (var i = first; i < turns.Count; i++)
        {
            var (role, text) = turns[i];
            if (role != ((i - first) % 2 == 0 ? Role.Human : Role.Assistant))
                throw new UserError($"turn {i + 1} of {turns.Count} is a second one of the {role}; user and assistant must take turns");
            yield return new Span(role == Role.Human ? "USER:" : "ASSISTANT:");
            if (text.Length > 0)
                yield return role == Role.Human ? new Span($" {text} ") : new Span(" " + text, Supervised: true, EndsText: true);
        }
    }
}
