using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// ScienceQA (Lu et al. 2022, arXiv 2209.09513), test split: multiple choice. An answer is a bare letter, a letter and a full stop at its start, or
/// the one letter of "The answer is X."; anything else is wrong, as in LLaVA's script. <c>image_accuracy</c>, the figure that papers print, is over
/// the questions with an image. Files: <c>problems.json</c> and <c>pid_splits.json</c>, or <c>test_ground_truth.jsonl</c> with
/// <c>{question_id, answer, has_image}</c>.
/// </summary>
[Benchmark("scienceqa", Summary = "ScienceQA test, accuracy with images and over all (arXiv 2209.09513)")]
public sealed partial class ScienceQa : Benchmark<ScienceQa.Question, ScienceQa.Scored>
{
    private const string Letters = "ABCDE";

    /// <summary>A question.</summary>
    /// <param name="Answer">The right letter.</param>
    /// <param name="HasImage">Whether it is about an image.</param>
    public sealed record Question(char Answer, bool HasImage);

    /// <summary>A question and what became of it.</summary>
    /// <param name="Question">The question.</param>
    /// <param name="IsParsed">Whether the answer is a letter in one of the known forms.</param>
    /// <param name="IsRight">Whether it names the right one.</param>
    public sealed record Scored(Question Question, bool IsParsed, bool IsRight);

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data) => throw new UserError("asking this benchmark's questions is not supported yet");

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data) =>
        data.TryFind("problems.json") is { } problems ? ReadProblems(problems, data.Find("pid_splits.json")) : ReadRows(data.Find("test_ground_truth.jsonl"));

    /// <inheritdoc/>
    protected override Scored ScoreOne(Question item, AnswerRow answer)
    {
        var letter = Letter(answer.Text);
        return new Scored(item, letter is not null, letter == item.Answer);
    }

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<Scored> scored)
    {
        var pictured = scored.Where(one => one.Question.HasImage).ToList();
        var written = scored.Where(one => !one.Question.HasImage).ToList();
        return new Figures(new Dictionary<string, double>
        {
            ["image_accuracy"] = Figures.Share(pictured, one => one.IsRight),
            ["accuracy"] = Figures.Share(scored, one => one.IsRight),
            ["text_accuracy"] = Figures.Share(written, one => one.IsRight),
            ["unparsed"] = scored.Count(one => !one.IsParsed),
        });
    }

    private static char? Letter(string text)
    {
        if (text.Length == 1 && Letters.Contains(text[0])) return text[0];
        if (text.Length >= 3 && Letters.Contains(text[0]) && text[1] == '.' && text[2] == ' ') return text[0];
        var found = Announced().Matches(text);
        return found.Count == 1 ? found[0].Groups[1].Value[0] : null;
    }

    [GeneratedRegex("The answer is ([A-Z]).", RegexOptions.Singleline)]
    private static partial Regex Announced();

    private static Dictionary<string, Question> ReadRows(string path)
    {
        var questions = new Dictionary<string, Question>();
        foreach (var row in PublishedFile.Rows(path))
        {
            bool hasImage = row.Value.TryGetProperty("has_image", out var image) && image.ValueKind == JsonValueKind.True;
            if (row.Text("answer") is not [var answer] || !Letters.Contains(answer)) throw row.Complaint($"has the answer '{row.Text("answer")}'; expected a letter of {Letters}");
            if (!questions.TryAdd(row.Text("question_id"), new Question(answer, hasImage))) throw row.Complaint($"asks question {row.Text("question_id")} again");
        }
        return questions;
    }

    private static Dictionary<string, Question> ReadProblems(string problemsPath, string splitsPath)
    {
        var problems = PublishedFile.Json(problemsPath);
        var splits = PublishedFile.Json(splitsPath);
        try
        {
            return splits.GetProperty("test").EnumerateArray().Select(id => id.GetString()!).ToDictionary(id => id, id =>
            {
                var problem = problems.GetProperty(id);
                bool hasImage = problem.TryGetProperty("image", out var image) && image.ValueKind == JsonValueKind.String;
                return new Question(Letters[problem.GetProperty("answer").GetInt32()], hasImage);
            });
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or ArgumentException or IndexOutOfRangeException or FormatException)
        {
            throw new UserError($"{problemsPath} and {splitsPath} are not ScienceQA's: {exception.Message}", exception);
        }
    }
}
