using LlavaMod.Data;

namespace LlavaMod.Tokenization.Templates;

/// <summary>
/// LLaVA's template for aligning the connector (2304.08485, stage 1): the images of the question, whose words are left out, then the
/// answer and a line end, all of it supervised. Without images it is plain text.
/// </summary>
[ChatTemplate("plain", Summary = "LLaVA's pretraining template: images, caption, line end (2304.08485)")]
public sealed class PlainTemplate : ChatTemplate
{
    /// <inheritdoc/>
    protected override IEnumerable<Span> Spans(IReadOnlyList<Turn> turns)
    {
        if (turns is not [{ Role: Role.Human, Text: var question }, { Role: Role.Assistant, Text: var caption }])
            throw new UserError($"the template 'plain' takes one question and one answer, and this conversation has {turns.Count} turns");
        var images = question.Split(ImagePlaceholder).Length - 1;
        yield return new Span(string.Concat(Enumerable.Repeat(ImagePlaceholder, images)), BeginsText: true);
        if (caption.Length > 0)
            yield return new Span(caption + "\n", Supervised: true);
    }
}
