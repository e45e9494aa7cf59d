using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Evaluation.Judges;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// MMHal-Bench (Sun et al. 2023, arXiv 2309.14525): 96 questions of eight types in turn, each answer rated 0 to 6 by a judge that knows the truth; a
/// rating under 3 is a hallucination. Scored from the judge's reviews, a JSON array of chat completions in the order of the questions: the rating is
/// the only one that a review names, and 0 where it names none or several. File: <c>mmhal-bench_answer_template.json</c>.
/// Pictures: <c>images</c>, named by the last part of their addresses.
/// </summary>
[Benchmark("mmhal", Summary = "MMHal-Bench, hallucination rated by a judge (arXiv 2309.14525)")]
public sealed class MmHal : Benchmark<MmHal.Question, MmHal.Scored>, IJudged
{
    private const int Ratings = 7;
    private const int LeastTruthful = 3;
    private const double MostInformative = 3;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A question.</summary>
    /// <param name="Type">What it tests.</param>
    public sealed record Question(string Type);

    /// <summary>A question and its rating.</summary>
    /// <param name="Type">What it tests.</param>
    /// <param name="Rating">0 to 6.</param>
    /// <param name="IsParsed">Whether the review names exactly one rating.</param>
    public sealed record Scored(string Type, int Rating, bool IsParsed);

    /// <inheritdoc/>
    public Rubric Rubric { get; } = new MmHalRubric();

    /// <inheritdoc/>
    public override int MaxNewTokens => LlavaPrompt.LongAnswer;

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data) => Rows(data).Select((row, index) => new BenchmarkQuestion(
        $"{index}", row.Question("question"), data.Picture(row.Text("image_src").Split('/')[^1], "images", "test_images")) { HasNumericId = true });

    /// <inheritdoc/>
    public override IEnumerable<(string File, string Content)> Publish(BenchmarkFolder data, IReadOnlyList<AnswerRow> answers)
    {
        var texts = answers.ToDictionary(answer => answer.QuestionId, answer => answer.Text);
        var filled = Rows(data).Select((row, index) =>
        {
            var copy = JsonObject.Create(row.Value)!;
            copy["model_answer"] = texts.GetValueOrDefault($"{index}", "");
            return copy;
        });
        yield return ("mmhal-bench_answers.json", JsonSerializer.Serialize(filled, Indented));
    }

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data) =>
        Rows(data).Select((row, index) => (index, Question: new Question(row.Text("question_type")))).ToDictionary(entry => $"{entry.index}", entry => entry.Question);

    /// <inheritdoc/>
    protected override IEnumerable<AnswerRow> ReadAnswers(string path) =>
        PublishedFile.Rows(path).Select((row, index) => new AnswerRow(row.TextOr("question_id", $"{index}"), "", Content(row)));

    /// <inheritdoc/>
    protected override Scored ScoreOne(Question item, AnswerRow answer)
    {
        int? rating = RatingOf(answer.Text);
        return new Scored(item.Type, rating ?? 0, rating is not null);
    }

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<Scored> scored) => new(
        new Dictionary<string, double>
        {
            ["score"] = Figures.Mean(scored.Select(one => (double)one.Rating)),
            ["hallucination_rate"] = Figures.Share(scored, one => one.Rating < LeastTruthful),
            // With or without hallucination, 0 is not informative, 2 very, and 6 is one more for reasoning.
            ["informativeness"] = Figures.Mean(scored.Select(one => (one.Rating < LeastTruthful ? one.Rating : one.Rating - LeastTruthful) / MostInformative)),
            ["unparsed"] = scored.Count(one => !one.IsParsed),
        },
        () => scored.GroupBy(one => one.Type).ToDictionary(
            group => group.Key,
            IReadOnlyDictionary<string, double> (group) => new Dictionary<string, double> { ["score"] = Figures.Mean(group.Select(one => (double)one.Rating)) }));

    /// <summary>The published file, with the questions and the places for answers.</summary>
    internal static string File(BenchmarkFolder data) => data.Find("mmhal-bench_answer_template.json", "response_template.json");

    /// <summary>The only rating that a review names, or null.</summary>
    internal static int? RatingOf(string review)
    {
        var named = Enumerable.Range(0, Ratings).Where(rating => review.Contains($"rating: {rating}", StringComparison.OrdinalIgnoreCase)).ToList();
        return named.Count == 1 ? named[0] : null;
    }

    private static IEnumerable<PublishedRow> Rows(BenchmarkFolder data) => PublishedFile.Rows(File(data));

    private static string Content(PublishedRow review) =>
        review.Value.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() > 0
            && choices[0] is { ValueKind: JsonValueKind.Object } choice && choice.TryGetProperty("message", out var message)
            && message.ValueKind == JsonValueKind.Object && message.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String
            ? content.GetString()!
            : throw review.Complaint($"is no chat completion, choices[0].message.content is missing: {Rubric.Hint}");
}
