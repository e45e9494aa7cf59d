using LlavaMod.Data;

namespace LlavaMod.Tokenization.Templates;

/// <summary>
/// Llama 2's chat template (2307.09288) as LLaVA renders it (<c>llava_llama_2</c> in its conversation.py): every question with its answer is a
/// text of its own, the system text is part of the first question.
/// <code>&lt;s&gt;[INST] &lt;&lt;SYS&gt;&gt; system &lt;&lt;/SYS&gt;&gt; question [/INST] answer &lt;/s&gt;&lt;s&gt;[INST] question [/INST] answer &lt;/s&gt;</code>
/// </summary>
[ChatTemplate("llama", Summary = "Llama 2's template as LLaVA renders it: [INST] .. [/INST] ..</s> (2307.09288)")]
public sealed class LlamaTemplate(LlamaTemplate.Options options) : ChatTemplate
{
    /// <summary>Options of <c>llama</c>.</summary>
    public sealed record Options
    {
        /// <summary>The text in front of the first question; empty for none. The default is LLaVA's.</summary>
        public string System { get; init; } =
            "You are a helpful language and vision assistant. You are able to understand the visual content that the user provides, "
            + "and assist the user with a variety of tasks using natural language.";
    }

    /// <inheritdoc/>
    public override ChatTemplate WithSystem(string system) => new LlamaTemplate(options with { System = system });

    /// <inheritdoc/>
    protected override (string Beginning, string End) Marks => ("<s>", "</s>");

    private string System => options.System.Length > 0 ? $"<<SYS>>\n{options.System}\n<</SYS>>\n\n" : "";

    /// <inheritdoc/>
    /// <remarks>The tokenizer itself puts the first beginning of text in front.</remarks>
    public override string ToJinja(Tokenizer tokenizer) =>
        JinjaText + "{% for message in messages %}{% if message['role'] == 'user' %}"
        + $"{{{{ ('[INST] ' + {JinjaConstant(System)} if loop.first else {JinjaConstant($"{Marks.Beginning}[INST] ")}) + text(message['content']) + ' [/INST]' }}}}"
        + $"{{% else %}}{{{{ ' ' + text(message['content']) + {JinjaConstant($" {Marks.End}")} }}}}{{% endif %}}{{% endfor %}}";

    /// <inheritdoc/>
    protected override IEnumerable<Span> Spans(IReadOnlyList<Turn> turns)
    {
        var system = System;
        foreach (var (role, text) in Alternating(turns))
        {
            if (role == Role.Human)
                yield return new Span($"[INST] {system}{text} [/INST]", BeginsText: true);
            else if (text.Length > 0)
                yield return new Span($" {text} ", Supervised: true, EndsText: true);
            system = "";
        }
    }
}
