using LlavaMod.Data;

namespace LlavaMod.Tokenization.Templates;

/// <summary>
/// What the templates of Vicuna's words share: <c>SYSTEM USER: question ASSISTANT: answer(end)USER: question ASSISTANT: answer(end)</c>.
/// Placeholders stay where they are. As in LLaVA, an assistant's turn that comes first is left out.
/// </summary>
/// <param name="system">The text in front of the first turn; empty for none.</param>
/// <param name="reference">Whether labels are found as the original does.</param>
public abstract class RoleWordsTemplate(string system, bool reference) : ChatTemplate
{
    private const string User = "USER:", Assistant = "ASSISTANT:";

    /// <summary>The system text of Vicuna, which LLaVA and LLaVA-MoD use.</summary>
    internal const string VicunaSystem =
        "A chat between a curious user and an artificial intelligence assistant. "
        + "The assistant gives helpful, detailed, and polite answers to the user's questions.";

    /// <inheritdoc/>
    public override string ToJinja(Tokenizer tokenizer) =>
        JinjaText + (system.Length > 0 ? $"{{{{ {JinjaConstant(system + " ")} }}}}" : "")
        + "{% for message in messages %}{% if message['role'] == 'user' %}USER: {{ text(message['content']) }} "
        + $"{{% else %}}ASSISTANT: {{{{ text(message['content']) }}}}{{{{ {JinjaConstant(tokenizer.Tokens[tokenizer.EndOfText])} }}}}{{% endif %}}{{% endfor %}}"
        + "{% if add_generation_prompt %}ASSISTANT:{% endif %}";

    /// <inheritdoc/>
    protected override IEnumerable<Span> Spans(IReadOnlyList<Turn> turns)
    {
        yield return new Span(system.Length > 0 ? system + " " : "", BeginsText: true);
        foreach (var (role, text) in Alternating(turns))
        {
            yield return new Span(role == Role.Human ? User : Assistant);
            if (text.Length > 0)
                yield return role == Role.Human ? new Span($" {text} ") : new Span(" " + text, Supervised: true, EndsText: true);
        }
    }

    /// <inheritdoc/>
    protected override EncodedConversation Supervise(EncodedConversation encoded, IReadOnlyList<Turn> turns, Tokenizer tokenizer)
        => reference ? encoded with { Labels = RetokenizedLabels.Of(encoded.InputIds, Render(turns), $" {Assistant} ", Marks.End, tokenizer) } : encoded;
}
