using LlavaMod.Data;

namespace LlavaMod.Tokenization.Templates;

/// <summary>
/// ChatML, the template of Qwen's own chat models (2309.16609, 2407.10671): every message between <c>&lt;|im_start|&gt;</c> with its role and
/// <c>&lt;|im_end|&gt;</c>, with which the assistant ends what it says.
/// <code>&lt;|im_start|&gt;system\nSYSTEM&lt;|im_end|&gt;\n&lt;|im_start|&gt;user\nquestion&lt;|im_end|&gt;\n&lt;|im_start|&gt;assistant\nanswer&lt;|im_end|&gt;\n</code>
/// </summary>
[ChatTemplate("chatml", Summary = "Qwen's own template: <|im_start|>role .. <|im_end|> (2407.10671)")]
public sealed class ChatMlTemplate(ChatMlTemplate.Options options) : ChatTemplate
{
    private const string Start = "<|im_start|>", End = "<|im_end|>";

    /// <summary>Options of <c>chatml</c>.</summary>
    public sealed record Options
    {
        /// <summary>The system message, which may be empty. The default is that of Qwen1.5 and Qwen2; Qwen2.5 has one of its own.</summary>
        public string System { get; init; } = "You are a helpful assistant.";
    }

    /// <inheritdoc/>
    public override ChatTemplate WithSystem(string system) => new ChatMlTemplate(options with { System = system });

    /// <inheritdoc/>
    public override IReadOnlyList<string> SpecialTokens { get; } = [Start, End];

    /// <inheritdoc/>
    public override int EndOfAnswer(Tokenizer tokenizer)
        => tokenizer.IdOf(End) ?? throw new UserError($"the template 'chatml' needs the token {End}, which the tokenizer does not have");

    /// <inheritdoc/>
    public override string ToJinja(Tokenizer tokenizer) =>
        JinjaText + $"{{{{ {JinjaConstant($"{Start}system\n{options.System}{End}\n")} }}}}"
        + $"{{% for message in messages %}}{{{{ '{Start}' + message['role'] + '\\n' + text(message['content']) + '{End}\\n' }}}}{{% endfor %}}"
        + $"{{% if add_generation_prompt %}}{{{{ '{Start}assistant\\n' }}}}{{% endif %}}";

    /// <inheritdoc/>
    protected override IEnumerable<Span> Spans(IReadOnlyList<Turn> turns)
    {
        yield return new Span($"{Start}system\n{options.System}{End}\n");
        for (var i = 0; i < turns.Count; i++)
        {
            var (role, text) = turns[i];
            yield return new Span(role == Role.Human ? $"{Start}user\n{text}{End}\n" : $"{Start}assistant\n");
            if (role == Role.Human || (text.Length == 0 && i == turns.Count - 1))
                continue;
            yield return new Span(text + End, Supervised: true);
            yield return new Span("\n");
        }
    }
}
