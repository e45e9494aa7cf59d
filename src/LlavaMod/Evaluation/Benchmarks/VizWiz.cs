using System.Text.Json;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// VizWiz (Gurari et al. 2018, arXiv 1802.08218): questions of blind people about their photographs, each answer compared with those of ten people
/// as VQA does. File: <c>val.json</c>, a list of <c>{image, question, answers: [{answer}]}</c>; the test split's answers are not public, and its
/// results go to the challenge's server as <see cref="Upload"/> writes them. Answers name the image.
/// </summary>
[Benchmark("vizwiz", Summary = "VizWiz validation, soft accuracy over ten people's answers (arXiv 1802.08218)")]
public sealed class VizWiz : Benchmark<VizWiz.Question, double>
{
    /// <summary>A question.</summary>
    /// <param name="Scores">What each answer that somebody gave is worth, by its normal form.</param>
    public sealed record Question(IReadOnlyDictionary<string, double> Scores);

    /// <summary>The challenge's upload of answers: a JSON array of <c>{image, answer}</c> in normal form.</summary>
    /// <param name="questions">LLaVA's JSON Lines of questions, <c>{question_id, image}</c>.</param>
    /// <param name="answers">JSON Lines of answers.</param>
    /// <exception cref="UserError">A file cannot be read, or questions and answers do not belong together.</exception>
    public static string Upload(string questions, string answers)
    {
        var images = PublishedFile.Rows(questions).ToDictionary(row => row.Text("question_id"), row => row.Text("image"));
        var rows = AnswerRows.Match(answers, AnswerRows.ReadJsonLines(answers), row => row.QuestionId, images.Keys, allowPartial: false);
        return JsonSerializer.Serialize(rows.Select(row => new { image = images[row.Key], answer = VqaAnswer.Normalise(row.Value.Text) }));
    }

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data) => throw new UserError("asking this benchmark's questions is not supported yet");

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data) => PublishedRow.ByKey(
        PublishedFile.Rows(data.Find("val.json", "Annotations/val.json")), row => row.Text("image"), row => new Question(VqaAccuracy.Of(Answers(row))));

    /// <inheritdoc/>
    protected override double ScoreOne(Question item, AnswerRow answer) => item.Scores.GetValueOrDefault(VqaAnswer.Normalise(answer.Text));

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<double> scored) => new(new Dictionary<string, double> { ["accuracy"] = Figures.Mean(scored) });

    private static List<string> Answers(PublishedRow row) =>
        row.Value.TryGetProperty("answers", out var list) && list.ValueKind == JsonValueKind.Array
            && list.EnumerateArray().All(answer => answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("answer", out var text) && text.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(answer => answer.GetProperty("answer").GetString()!)]
            : throw row.Complaint("has no list of answers; the test split has none, score val.json");
}
