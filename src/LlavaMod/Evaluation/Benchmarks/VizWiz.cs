using System.Globalization;
using System.Text.Json;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// VizWiz (Gurari et al. 2018, arXiv 1802.08218): questions of blind people about their photographs, each answer compared with those of ten people
/// as VQA does. File: <c>val.json</c>, a list of <c>{image, question, answers: [{answer}]}</c>; or <c>test.json</c>, which has no answers, so that
/// nothing but <c>vizwiz_upload.json</c> for the challenge's server comes of it. Answers name the image, or the question by its place in the file,
/// from 0, as LLaVA's do. Pictures: <c>val</c> or <c>test</c>.
/// </summary>
[Benchmark("vizwiz", Summary = "VizWiz validation, soft accuracy over ten people's answers (arXiv 1802.08218)")]
public sealed class VizWiz : Benchmark<VizWiz.Question, double>
{
    private const string Upload = "vizwiz_upload.json";
    private const string Unanswerable = "\nWhen the provided information is insufficient, respond with 'Unanswerable'.";

    private static readonly string[] Files = [.. Names("val"), .. Names("test")];

    /// <summary>A question.</summary>
    /// <param name="Scores">What each answer that somebody gave is worth, by its normal form.</param>
    public sealed record Question(IReadOnlyDictionary<string, double> Scores);

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data)
    {
        string split = SplitOf(data);
        return PublishedFile.Rows(data.Find(Names(split))).Select((row, index) => new BenchmarkQuestion(
            Id(index), row.Question("question") + Unanswerable + LlavaPrompt.SingleWord, data.Picture(row.Text("image"), split, "images")) { HasNumericId = true });
    }

    /// <summary>The challenge's upload: a JSON array of <c>{image, answer}</c> in normal form.</summary>
    /// <inheritdoc/>
    public override IEnumerable<(string File, string Content)> Publish(BenchmarkFolder data, IReadOnlyList<AnswerRow> answers)
    {
        string path = data.Find(Files);
        string[] images = [.. PublishedFile.Rows(path).Select(row => row.Text("image"))];
        var names = images.ToHashSet();
        yield return (Upload, JsonSerializer.Serialize(answers.Select(row => new { image = ImageOf(row.QuestionId), answer = VqaAnswer.Normalise(row.Text) })));

        string ImageOf(string id) => names.Contains(id) ? id : ByNumber(images, id) ?? throw new UserError($"{path}: has no question {id}, to which there is an answer");
    }

    /// <inheritdoc/>
    public override string? WhyUnscored(BenchmarkFolder data) => SplitOf(data) == "test" ? $"the answers of VizWiz's test split are not public: {Upload} is for the challenge's server" : null;

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data) => PublishedRow.ByKey(
        PublishedFile.Rows(data.Find(Files)), row => row.Text("image"), row => new Question(VqaAccuracy.Of(Answers(row))));

    /// <summary>LLaVA numbers the questions, others name their images.</summary>
    /// <inheritdoc/>
    protected override Func<AnswerRow, string> KeysAmong(IReadOnlyDictionary<string, Question> items)
    {
        string[] images = [.. items.Keys];
        return row => items.ContainsKey(row.QuestionId) ? row.QuestionId : ByNumber(images, row.QuestionId) ?? row.QuestionId;
    }

    /// <inheritdoc/>
    protected override double ScoreOne(Question item, AnswerRow answer) => item.Scores.GetValueOrDefault(VqaAnswer.Normalise(answer.Text));

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<double> scored) => new(new Dictionary<string, double> { ["accuracy"] = Figures.Mean(scored) });

    private static string[] Names(string split) => [$"{split}.json", $"Annotations/{split}.json"];

    private static string SplitOf(BenchmarkFolder data) => Names("val").Any(name => data.TryFind(name) is not null) ? "val" : "test";

    private static string Id(int index) => index.ToString(CultureInfo.InvariantCulture);

    private static string? ByNumber(string[] images, string id) =>
        int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < images.Length && Id(index) == id ? images[index] : null;

    private static List<string> Answers(PublishedRow row) =>
        row.Value.TryGetProperty("answers", out var list) && list.ValueKind == JsonValueKind.Array
            && list.EnumerateArray().All(answer => answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("answer", out var text) && text.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(answer => answer.GetProperty("answer").GetString()!)]
            : throw row.Complaint($"has no list of answers; those of the test split are not public: {Upload} is for the challenge's server");
}
