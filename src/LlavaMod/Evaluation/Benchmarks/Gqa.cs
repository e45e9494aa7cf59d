using System.Text.Json;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// GQA (Hudson and Manning 2019, arXiv 1902.09506), test-dev balanced: exact match after taking off a last full stop and lower-casing, as LLaVA's
/// conversion does. File: <c>testdev_balanced_questions.json</c>, an object of questions by id. Pictures: <c>images</c>.
/// </summary>
[Benchmark("gqa", Summary = "GQA test-dev balanced, exact match (arXiv 1902.09506)")]
public sealed class Gqa : Benchmark<Gqa.Question, Gqa.Scored>
{
    /// <summary>A question.</summary>
    /// <param name="Answer">The right answer.</param>
    /// <param name="Type">GQA's structural type: verify, query, choose, logical or compare; empty where the file does not say.</param>
    public sealed record Question(string Answer, string Type);

    /// <summary>A question and whether it was answered right.</summary>
    /// <param name="Type">The question's type.</param>
    /// <param name="IsRight">Whether the answer is right.</param>
    public sealed record Scored(string Type, bool IsRight);

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data) => Rows(data).Select(entry => new BenchmarkQuestion(
        entry.Id, entry.Row.Question("question") + LlavaPrompt.SingleWord, data.Picture($"{entry.Row.Text("imageId")}.jpg", "images", "allImages", "allImages/images")));

    /// <inheritdoc/>
    public override IEnumerable<(string File, string Content)> Publish(BenchmarkFolder data, IReadOnlyList<AnswerRow> answers) =>
        [("testdev_balanced_predictions.json", JsonSerializer.Serialize(answers.Select(answer => new { questionId = answer.QuestionId, prediction = Normal(answer.Text) })))];

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data) =>
        Rows(data).ToDictionary(entry => entry.Id, entry => new Question(entry.Row.Text("answer"), TypeOf(entry.Row)));

    /// <inheritdoc/>
    protected override Scored ScoreOne(Question item, AnswerRow answer) =>
        new(item.Type, Normal(answer.Text) == item.Answer);

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<Scored> scored) => new(
        new Dictionary<string, double> { ["accuracy"] = Figures.Share(scored, one => one.IsRight) },
        () => scored.Where(one => one.Type.Length > 0).GroupBy(one => one.Type).OrderBy(group => group.Key, StringComparer.Ordinal).ToDictionary(
            group => group.Key,
            IReadOnlyDictionary<string, double> (group) => new Dictionary<string, double> { ["accuracy"] = Figures.Share([.. group], one => one.IsRight) }));

    private static string Normal(string answer) => answer.TrimEnd('.').ToLowerInvariant();

    private static IEnumerable<(string Id, PublishedRow Row)> Rows(BenchmarkFolder data)
    {
        string path = data.Find("testdev_balanced_questions.json", "questions1.2/testdev_balanced_questions.json");
        var document = PublishedFile.Json(path);
        if (document.ValueKind != JsonValueKind.Object) throw new UserError($"{path}: not an object of questions by id");
        return document.EnumerateObject().Select((entry, index) => (entry.Name, new PublishedRow(path, index + 1, entry.Value)));
    }

    private static string TypeOf(PublishedRow row) =>
        row.Value.TryGetProperty("types", out var types) && types.ValueKind == JsonValueKind.Object
            && types.TryGetProperty("structural", out var type) && type.ValueKind == JsonValueKind.String
            ? type.GetString()! : "";
}
