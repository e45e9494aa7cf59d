using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlavaMod.Tokenization;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// ScienceQA (Lu et al. 2022, arXiv 2209.09513), test split: multiple choice. An answer is a bare letter, a letter and a full stop at its start, or
/// the one letter of "The answer is X."; anything else is wrong, as in LLaVA's script. <c>image_accuracy</c>, the figure that papers print, is over
/// the questions with an image. Files: <c>problems.json</c> and <c>pid_splits.json</c>, or <c>test_ground_truth.jsonl</c> with
/// <c>{question_id, answer, has_image}</c>, which is enough for a score. Pictures: <c>images/test</c>, a folder for each question.
/// </summary>
[Benchmark("scienceqa", Summary = "ScienceQA test, accuracy with images and over all (arXiv 2209.09513)")]
public sealed partial class ScienceQa : Benchmark<ScienceQa.Question, ScienceQa.Scored>
{
    private const string Letters = LlavaPrompt.Letters;
    private const int LastLowerGrade = 6;

    private static readonly string[] Columns =
        ["natural science", "social science", "language science", "text context", "image context", "no context", "grades 1-6", "grades 7-12"];

    /// <summary>A question.</summary>
    /// <param name="Answer">The right letter.</param>
    /// <param name="HasImage">Whether it is about an image.</param>
    /// <param name="Categories">The columns of the paper's tables that it counts for: subject, context, grades; none where the file does not say.</param>
    public sealed record Question(char Answer, bool HasImage, IReadOnlyList<string> Categories);

    /// <summary>A question and what became of it.</summary>
    /// <param name="Question">The question.</param>
    /// <param name="IsParsed">Whether the answer is a letter in one of the known forms.</param>
    /// <param name="IsRight">Whether it names the right one.</param>
    public sealed record Scored(Question Question, bool IsParsed, bool IsRight);

    /// <inheritdoc/>
    public override int MaxNewTokens => LlavaPrompt.LongAnswer;

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data)
    {
        string path = data.TryFind("problems.json") ?? throw new UserError(
            $"{data.Path}: holds no problems.json, plain or as .gz; it has the questions (test_ground_truth.jsonl has the answers alone), and pid_splits.json says which are the test's");
        return Problems(path, data.Find("pid_splits.json")).Select(problem => Ask(problem.Id, problem.Row, data));
    }

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data) =>
        data.TryFind("problems.json") is { } problems
            ? Problems(problems, data.Find("pid_splits.json")).ToDictionary(problem => problem.Id, problem => new Question(Answer(problem.Row), HasImage(problem.Row), [.. Categories(problem.Row)]))
            : ReadRows(data.Find("test_ground_truth.jsonl"));

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
        return new Figures(
            new Dictionary<string, double>
            {
                ["image_accuracy"] = Figures.Share(pictured, one => one.IsRight),
                ["accuracy"] = Figures.Share(scored, one => one.IsRight),
                ["text_accuracy"] = Figures.Share(written, one => one.IsRight),
                ["unparsed"] = scored.Count(one => !one.IsParsed),
            },
            () => Columns.Where(column => scored.Any(one => one.Question.Categories.Contains(column))).ToDictionary(
                column => column,
                IReadOnlyDictionary<string, double> (column) => new Dictionary<string, double>
                {
                    ["accuracy"] = Figures.Share([.. scored.Where(one => one.Question.Categories.Contains(column))], one => one.IsRight),
                }));
    }

    // A question has one subject and one range of grades; its context is text, an image, both or none.
    private static IEnumerable<string> Categories(PublishedRow problem)
    {
        string subject = problem.TextOr("subject", "");
        if (Columns.Contains(subject)) yield return subject;
        bool hasHint = problem.TextOr("hint", "").Length > 0;
        if (hasHint) yield return "text context";
        if (HasImage(problem)) yield return "image context";
        if (!hasHint && !HasImage(problem)) yield return "no context";
        if (Grade().Match(problem.TextOr("grade", "")) is { Success: true } grade)
            yield return int.Parse(grade.Groups[1].Value, CultureInfo.InvariantCulture) <= LastLowerGrade ? "grades 1-6" : "grades 7-12";
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

    [GeneratedRegex("^grade([0-9]{1,2})$")]
    private static partial Regex Grade();

    private static Dictionary<string, Question> ReadRows(string path)
    {
        var questions = new Dictionary<string, Question>();
        foreach (var row in PublishedFile.Rows(path))
        {
            bool hasImage = row.Value.TryGetProperty("has_image", out var image) && image.ValueKind == JsonValueKind.True;
            if (row.Text("answer") is not [var answer] || !Letters.Contains(answer)) throw row.Complaint($"has the answer '{row.Text("answer")}'; expected a letter of {Letters}");
            if (!questions.TryAdd(row.Text("question_id"), new Question(answer, hasImage, []))) throw row.Complaint($"asks question {row.Text("question_id")} again");
        }
        return questions;
    }

    // LLaVA takes two spaces for one, once over.
    private static BenchmarkQuestion Ask(string id, PublishedRow problem, BenchmarkFolder data)
    {
        string hint = problem.TextOr("hint", "").Trim();
        string[] choices = problem.Texts("choices");
        if (choices.Length is 0 || choices.Length > Letters.Length) throw problem.Complaint($"has {choices.Length} choices; expected 1 to {Letters.Length}");
        string text = (hint.Length > 0 ? $"Context: {hint}\n" : "") + problem.Text("question") + LlavaPrompt.Choices(choices);
        string asked = text.Replace(ChatTemplate.ImagePlaceholder, "", StringComparison.Ordinal).Replace("  ", " ", StringComparison.Ordinal).Trim() + LlavaPrompt.OptionLetter;
        if (!HasImage(problem)) return new BenchmarkQuestion(id, asked, null);
        string prompt = $"{ChatTemplate.ImagePlaceholder}\n{asked}"; // LLaVA's answers to ScienceQA have the placeholder in their prompts
        return new BenchmarkQuestion(id, prompt, data.Picture($"{id}/{problem.Text("image")}", "images/test", "test", "images")) { Turn = prompt };
    }

    private static bool HasImage(PublishedRow problem) => problem.TextOr("image", null) is { Length: > 0 };

    private static char Answer(PublishedRow problem)
    {
        string answer = problem.Text("answer");
        int choices = Math.Min(problem.Texts("choices").Length, Letters.Length);
        return int.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < choices
            ? Letters[index] : throw problem.Complaint($"has the answer '{answer}'; expected the place of one of its {choices} choices, from 0");
    }

    private static IEnumerable<(string Id, PublishedRow Row)> Problems(string problemsPath, string splitsPath)
    {
        var problems = PublishedFile.Json(problemsPath);
        if (problems.ValueKind != JsonValueKind.Object) throw new UserError($"{problemsPath}: not an object of problems by id");
        var seen = new HashSet<string>();
        foreach (string id in new PublishedRow(splitsPath, "it", PublishedFile.Json(splitsPath)).Texts("test"))
        {
            if (!seen.Add(id)) throw new UserError($"{splitsPath}: the test split has problem {id} twice");
            if (!problems.TryGetProperty(id, out var problem)) throw new UserError($"{problemsPath}: has no problem {id}, which is in the test split of {splitsPath}");
            yield return (id, new PublishedRow(problemsPath, $"problem {id}", problem));
        }
    }
}
