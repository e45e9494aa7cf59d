using System.Buffers;
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

    /// <summary>Tokens that a tokenizer must have, because the template's text is made of them.</summary>
    public virtual IReadOnlyList<string> SpecialTokens => [];

    /// <summary>How <see cref="Render"/> writes the beginning and the end of a text.</summary>
    protected virtual (string Beginning, string End) Marks => ("", "<|endoftext|>");

    /// <summary>Ids and labels of a whole conversation; an assistant's turn without text is left open and teaches nothing.</summary>
    /// <exception cref="UserError">The turns do not fit the template (out of turn, too few or too many), or the tokenizer does not.</exception>
    public EncodedConversation Encode(IReadOnlyList<Turn> turns, Tokenizer tokenizer)
    {
        Require(tokenizer);
        var ids = new ArrayBufferWriter<int>();
        var labels = new List<int>();
        var position = TextPosition.Beginning;
        foreach (var span in Merged(turns))
        {
            position = Append(span, tokenizer, ids, position);
            foreach (var id in ids.WrittenSpan[labels.Count..])
                labels.Add(span.Supervised && id >= 0 ? id : EncodedConversation.Ignored);
        }
        return Supervise(new EncodedConversation(ids.WrittenSpan.ToArray(), [.. labels]), turns, tokenizer);
    }

    /// <summary>The ids after which the assistant starts to speak.</summary>
    /// <param name="turns">The conversation so far, the user's turn last.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="ArgumentException">The assistant has spoken last.</exception>
    /// <exception cref="UserError">The turns do not fit the template, or the tokenizer does not.</exception>
    public int[] EncodePrompt(IReadOnlyList<Turn> turns, Tokenizer tokenizer) => turns is [.., { Role: Role.Human }]
        ? Encode([.. turns, new Turn(Role.Assistant, "")], tokenizer).InputIds
        : throw new ArgumentException("A prompt ends with a turn of the user.", nameof(turns));

    /// <summary>The same template with another system text, empty for none; null where it has no place for one.</summary>
    public virtual ChatTemplate? WithSystem(string system) => null;

    /// <summary>The id with which the assistant ends what it says.</summary>
    /// <exception cref="UserError">The tokenizer lacks one of <see cref="SpecialTokens"/>.</exception>
    public virtual int EndOfAnswer(Tokenizer tokenizer) => tokenizer.EndOfText;

    /// <summary>The ids at which an answer is over: <see cref="EndOfAnswer"/> and the tokenizer's end of text.</summary>
    /// <exception cref="UserError">The tokenizer lacks one of <see cref="SpecialTokens"/>.</exception>
    public IReadOnlyCollection<int> EndsOfAnswer(Tokenizer tokenizer) => new HashSet<int> { EndOfAnswer(tokenizer), tokenizer.EndOfText };

    /// <summary>
    /// The text of a conversation, placeholders included; the end of a text is written as the template's models spell it, and so is every beginning
    /// but the first.
    /// </summary>
    /// <exception cref="UserError">The turns do not fit the template.</exception>
    public string Render(IReadOnlyList<Turn> turns) => string.Concat(Merged(turns)
        .Select((span, index) => (span.BeginsText && index > 0 ? Marks.Beginning : "") + span.Text + (span.EndsText ? Marks.End : "")));

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

    /// <summary>Changes labels where an original finds them otherwise than by spans.</summary>
    protected virtual EncodedConversation Supervise(EncodedConversation encoded, IReadOnlyList<Turn> turns, Tokenizer tokenizer) => encoded;

    /// <summary>
    /// The turns of user and assistant, who must alternate. As in LLaVA, an assistant's turn that comes first is left out.
    /// </summary>
    protected static IEnumerable<Turn> Alternating(IReadOnlyList<Turn> turns)
    {
        var first = turns is [{ Role: Role.Assistant }, ..] ? 1 : 0;
        for (var i = first; i < turns.Count; i++)
        {
            if (turns[i].Role != ((i - first) % 2 == 0 ? Role.Human : Role.Assistant))
                throw new UserError($"turn {i + 1} of {turns.Count} is a second one of the {turns[i].Role}; user and assistant must take turns");
            yield return turns[i];
        }
    }

    /// <summary>A piece of a conversation's text.</summary>
    /// <param name="Text">The text, which may hold placeholders.</param>
    /// <param name="Supervised">Whether the model learns to say it.</param>
    /// <param name="EndsText">Whether the tokenizer's end of text follows.</param>
    /// <param name="BeginsText">Whether the tokenizer's beginning of text, where it has one, comes first.</param>
    protected readonly record struct Span(string Text, bool Supervised = false, bool EndsText = false, bool BeginsText = false);

    // Words may reach across spans that are treated alike, so those are tokenised together.
    private IEnumerable<Span> Merged(IReadOnlyList<Turn> turns)
    {
        Span? open = null;
        foreach (var span in Spans(turns))
        {
            if (open is not { } before)
                open = span;
            else if (!before.EndsText && !span.BeginsText && before.Supervised == span.Supervised)
                open = span with { Text = before.Text + span.Text, BeginsText = before.BeginsText };
            else
            {
                yield return before;
                open = span;
            }
        }
        if (open is { } last)
            yield return last;
    }

    private void Require(Tokenizer tokenizer)
    {
        var missing = SpecialTokens.Where(token => tokenizer.IdOf(token) is null).ToList();
        if (missing.Count > 0)
            throw new UserError($"the chat template needs the tokens {string.Join(" and ", missing)}, which the tokenizer does not have; take another template");
    }

    // Returns where the next text stands.
    private static TextPosition Append(Span span, Tokenizer tokenizer, ArrayBufferWriter<int> ids, TextPosition position)
    {
        if (span.BeginsText && tokenizer.BeginningOfText is { } beginning)
        {
            position = ids.WrittenCount == 0 ? TextPosition.Beginning : TextPosition.BehindToken;
            ids.Write([beginning]);
        }
        var rest = span.Text.AsSpan();
        for (int image; (image = rest.IndexOf(ImagePlaceholder)) >= 0; rest = rest[(image + ImagePlaceholder.Length)..])
        {
            tokenizer.Encode(rest[..image], ids, position);
            ids.Write([EncodedConversation.ImageToken]);
            position = TextPosition.Beginning; // what stands between images is a text of its own
        }
        tokenizer.Encode(rest, ids, position);
        if (span.EndsText)
            ids.Write([tokenizer.EndOfText]);
        return span.EndsText ? TextPosition.BehindToken : rest.IsEmpty ? position : TextPosition.Inside;
    }
}
