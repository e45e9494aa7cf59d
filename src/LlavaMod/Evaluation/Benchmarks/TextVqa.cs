using System.Text.Json;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// TextVQA 0.5.1, validation (Singh et al. 2019, arXiv 1904.08920): short answers about text in pictures, each compared with those of ten people.
/// File: <c>TextVQA_0.5.1_val.json</c>, or <c>annotations.json</c> of the same layout. Answers name the image; the question is found in their
/// prompt, where LLaVA puts it before or behind a line of OCR tokens.
/// </summary>
[Benchmark("textvqa", Summary = "TextVQA validation, soft accuracy over ten people's answers (arXiv 1904.08920)")]
public sealed class TextVqa : Benchmark<TextVqa.Question, double>
{
    private const string OcrLine = "Reference OCR token:";

    /// <summary>A question.</summary>
    /// <param name="Scores">What each answer that somebody gave is worth, by its normal form.</param>
    public sealed record Question(IReadOnlyDictionary<string, double> Scores);

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data) => throw new UserError("asking this benchmark's questions is not supported yet");

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data)
    {
        string path = data.Find("TextVQA_0.5.1_val.json", "annotations.json");
        var document = PublishedFile.Json(path);
        if (document.ValueKind != JsonValueKind.Object || !document.TryGetProperty("data", out var list) || list.ValueKind != JsonValueKind.Array)
            throw new UserError($"{path}: has no list named data; expected TextVQA's annotations");
        var questions = new Dictionary<string, Question>();
        foreach (var row in list.EnumerateArray().Select((value, index) => new PublishedRow(path, index + 1, value)))
        {
            string key = Key(row.Text("image_id"), row.Text("question"));
            if (!questions.TryAdd(key, new Question(VqaAccuracy.Of(row.Texts("answers"))))) throw row.Complaint("asks about an image what an earlier row asked");
        }
        return questions;
    }

    /// <inheritdoc/>
    protected override string KeyOf(AnswerRow row)
    {
        string[] lines = row.Prompt.Split('\n');
        return Key(row.QuestionId, lines.Length == 3 && lines[0].StartsWith(OcrLine, StringComparison.Ordinal) ? lines[1] : lines[0]);
    }

    /// <inheritdoc/>
    protected override double ScoreOne(Question item, AnswerRow answer) => item.Scores.GetValueOrDefault(VqaAnswer.Normalise(answer.Text));

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<double> scored) => new(new Dictionary<string, double> { ["accuracy"] = Figures.Mean(scored) });

    private static string Key(string image, string question) => $"{image}\n{question.ToLowerInvariant()}";
}
