using LlavaMod.Data;

namespace LlavaMod.Tokenization;

/// <summary>
/// How a conversation becomes one text, and which of its tokens the model learns to say. A template cuts the text into spans, each
/// supervised or not; spans are tokenised one by one, so labels come from the spans themselves and a prompt has the same tokens in
/// training and in generation.
/// </summary>
public abstract class ChatTemplate
{
    /// <summary>Stands for one image in a turn's text.</summary>
    public const string ImagePlaceholder = "<image>";

    private const string EndOfText = "<|endoftext|>";

    /// <summary>Ids and labels of a whole conversation; an assistant's turn without text is left open and teaches nothing.</summary>
    /// <exception cref="UserError">The turns do not fit the template: out of turn, too few or too many.</exception>
    public EncodedConversation Encode(IReadOnlyList<Turn> turns, Tokenizer tokenizer)
    {
        var ids = new List<int>();
        var labels = new List<int>();
        foreach (var span in Merged(turns))
        {
            var start = ids.Count;
            Append(span, tokenizer, ids);
            labels.AddRange(ids.Skip(start).Select(id => span.Supervised && id >= 0 ? id : EncodedConversation.Ignored));
        }
        return new EncodedConversation([.. ids], [.. labels]);
    }

    /// <summary>The ids after which the assistant starts to speak.</summary>
    /// <param name="turns">The conversation so far, the user's turn last.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="ArgumentException">The assistant has spoken last.</exception>
    /// <exception cref="UserError">The turns do not fit the template.</exception>
    public int[] EncodePrompt(IReadOnlyList<Turn> turns, Tokenizer tokenizer) => turns is [.., { Role: Role.Human }]
        ? Encode([.. turns, new Turn(Role.Assistant, "")], tokenizer).InputIds
        : throw new ArgumentException("A prompt ends with a turn of the user.", nameof(turns));

    /// <summary>The text of a conversation, placeholders included; the end of a text is written <c>&lt;|endoftext|&gt;</c>.</summary>
    /// <exception cref="UserError">The turns do not fit the template.</exception>
    public string Render(IReadOnlyList<Turn> turns) => string.Concat(Merged(turns).Select(span => span.EndsText ? span.Text + EndOfText : span.Text));

    /// <summary>The texts of a conversation exactly as they are tokenised, without placeholders: what a tokenizer is trained on.</summary>
    /// <exception cref="UserError">The turns do not fit the template.</exception>
    public IEnumerable<string> Texts(IReadOnlyList<Turn> turns) => Merged(turns).SelectMany(span => span.Text.Split(ImagePlaceholder));

    /// <summary>
    /// The template as transformers reads it: Jinja over <c>messages</c>, whose content is text or a list of pictures and texts. Null where there
    /// is no such form.
    /// </summary>
    public virtual string? ToJinja(Tokenizer tokenizer) => null;

    /// <summary>Jinja's <c>text(content)</c>: a message's text with a placeholder for every picture.</summary>
    protected const string JinjaText =
        "{% macro text(content) %}{% if content is string %}{{ content }}{% else %}{% for part in content %}"
        + "{% if part['type'] == 'image' %}{{ '<image>\\n' }}{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}{% endmacro %}";

    /// <summary>A text as a constant of Jinja.</summary>
    protected static string JinjaConstant(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}'";

    /// <summary>The conversation's text in order.</summary>
    protected abstract IEnumerable<Span> Spans(IReadOnlyList<Turn> turns);

    /// <summary>A piece of a conversation's text.</summary>
    /// <param name="Text">The text, which may hold placeholders.</param>
    /// <param name="Supervised">Whether the model learns to say it.</param>
    /// <param name="EndsText">Whether the tokenizer's end of text follows.</param>
    protected readonly record struct Span(string Text, bool Supervised = false, bool EndsText = false);

    // Words may reach across spans that are treated alike, so those are tokenised together.
    private IEnumerable<Span> Merged(IReadOnlyList<Turn> turns)
    {
        var open = new Span("");
        foreach (var span in Spans(turns))
        {
            if (open.EndsText || open.Supervised != span.Supervised)
            {
                yield return open;
                open = span;
            }
            else
            {
                open = span with { Text = open.Text + span.Text };
            }
        }
        yield return open;
    }

    private static void Append(Span span, Tokenizer tokenizer, List<int> ids)
    {
        var pieces = span.Text.Split(ImagePlaceholder);
        for (var i = 0; i < pieces.Length; i++)
        {
            if (i > 0)
                ids.Add(EncodedConversation.ImageToken);
            ids.AddRange(tokenizer.Encode(pieces[i]));
        }
        if (span.EndsText)
            ids.Add(tokenizer.EndOfText);
    }
}
