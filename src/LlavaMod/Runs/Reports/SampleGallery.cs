namespace LlavaMod.Runs.Reports;

/// <summary>Pictures with the true answer and every model's, short ones marked right or wrong.</summary>
internal static class SampleGallery
{
    /// <summary>Answers of more words than this are captions, of which many are right: they are not marked.</summary>
    private const int MostWordsMarked = 4;

    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <exception cref="UserError">A picture is not a PNG in base64.</exception>
    public static Html Of(IReadOnlyList<SampleAnswers> samples, IReadOnlyList<string> order) =>
        Html.Of($"""<div class="samples">{samples.Select((sample, index) => Card(sample, index, order))}</div>""");

    private static Html Card(SampleAnswers sample, int index, IReadOnlyList<string> order)
    {
        if (!IsPng(sample.Image))
            throw new UserError($"samples.json: the image of sample {index + 1} is not a PNG in base64");
        var answers = sample.Answers.OrderBy(answer => order.Contains(answer.Key) ? order.ToList().IndexOf(answer.Key) : order.Count)
            .Select(answer => Row(answer.Key, answer.Value, sample.Answer));
        return Html.Of(
            $"""
            <article class="sample">
            <img src="data:image/png;base64,{sample.Image}" alt="Picture of sample {index + 1}">
            <div><p class="prompt">{sample.Prompt}</p>
            <dl><div class="truth"><dt>truth</dt><dd>{sample.Answer}</dd></div>{answers}</dl></div>
            </article>
            """);
    }

    private static Html Row(string model, string answer, string truth)
    {
        var marked = truth.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length <= MostWordsMarked;
        var mark = !marked ? Html.Empty : Same(answer, truth) ? Mark("✓", "right") : Mark("✗", "wrong");
        return Html.Of($"<div><dt>{model}</dt><dd>{(answer.Length > 0 ? answer : "(nothing)")} {mark}</dd></div>");
    }

    private static Html Mark(string sign, string word) =>
        Html.Of($"""<span class="mark {word}"><span aria-hidden="true">{sign}</span> {word}</span>""");

    private static bool Same(string answer, string truth) => string.Equals(Plain(answer), Plain(truth), StringComparison.OrdinalIgnoreCase);

    private static string Plain(string answer) => answer.Trim().TrimEnd('.').TrimEnd();

    private static bool IsPng(string image)
    {
        var bytes = new byte[(image.Length / 4 * 3) + 3];
        return Convert.TryFromBase64String(image, bytes, out var length) && bytes.AsSpan(0, length).StartsWith(PngSignature);
    }
}
