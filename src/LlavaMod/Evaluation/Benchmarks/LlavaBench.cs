using System.Text.Json;
using LlavaMod.Evaluation.Judges;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// LLaVA-Bench in the wild (Liu et al. 2023, arXiv 2304.08485): a judge gives GPT-4's answer and the model's 1 to 10 points each; the score is the
/// model's mean as a percentage of GPT-4's. Scored from the judge's reviews, JSON Lines of <c>{question_id, category, tuple: [GPT-4's points, the
/// model's]}</c>: one file, or a folder with several runs of the judge, whose scores are averaged. File: <c>questions.jsonl</c>, or the answers that
/// were judged, <c>answers_*.jsonl</c>. Pictures: <c>images</c>.
/// </summary>
[Benchmark("llava-bench", Summary = "LLaVA-Bench in the wild, relative score by a judge (arXiv 2304.08485)")]
public sealed class LlavaBench : Benchmark<string, LlavaBench.Scored>, IJudged
{
    private const double Percent = 100;
    private const int Digits = 3; // of the means, as LLaVA's own summary rounds them before it divides

    private static readonly Points Unparsed = new(-1, -1); // what LLaVA's script writes for a review without points

    /// <summary>The reviews of one question.</summary>
    /// <param name="Category">The question's category.</param>
    /// <param name="Runs">Points in each run of the judge.</param>
    public sealed record Scored(string Category, IReadOnlyList<Points> Runs);

    /// <summary>A judge's points.</summary>
    /// <param name="Reference">GPT-4's answer.</param>
    /// <param name="Model">The model's.</param>
    public readonly record struct Points(double Reference, double Model);

    /// <inheritdoc/>
    public Rubric Rubric { get; } = new LlavaBenchRubric();

    /// <inheritdoc/>
    public override int MaxNewTokens => LlavaPrompt.LongAnswer;

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data)
    {
        var rows = PublishedRow.ByKey(PublishedFile.Rows(data.Find("questions.jsonl")), row => row.Text("question_id"), row => row);
        return rows.Select(entry => new BenchmarkQuestion(entry.Key, entry.Value.Question("text"), data.Picture(entry.Value.Text("image"), "images"))
        {
            HasNumericId = entry.Value.IsWhole("question_id"),
        });
    }

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, string> ReadItems(BenchmarkFolder data) =>
        PublishedRow.ByKey(PublishedFile.Rows(data.Find("questions.jsonl", "answers_*.jsonl")), row => row.Text("question_id"), row => row.Text("question_id"));

    /// <inheritdoc/>
    protected override IEnumerable<AnswerRow> ReadAnswers(string path)
    {
        string[] runs = Directory.Exists(path) ? [.. Directory.GetFiles(path, "*.jsonl*").Order(StringComparer.Ordinal)] : [path];
        var reviews = runs.SelectMany((file, run) => PublishedFile.Rows(file).Select(row => (Id: row.Text("question_id"), Review: ReadReview(row, run))));
        foreach (var question in reviews.GroupBy(review => review.Id, review => review.Review))
        {
            if (question.Count() != runs.Length || question.Select(review => review.Run).Distinct().Count() != runs.Length)
                throw new UserError($"{path}: question {question.Key} is reviewed {question.Count()} times in {runs.Length} runs of the judge; each run reviews it once");
            yield return new AnswerRow(question.Key, question.First().Category, JsonSerializer.Serialize(question.Select(review => review.Points)));
        }
    }

    /// <inheritdoc/>
    protected override Scored ScoreOne(string item, AnswerRow answer) => new(answer.Prompt, JsonSerializer.Deserialize<Points[]>(answer.Text)!);

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<Scored> scored) => new(
        Measure(scored),
        scored.GroupBy(one => one.Category).OrderBy(group => group.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => Measure([.. group])));

    private static IReadOnlyDictionary<string, double> Measure(IReadOnlyList<Scored> reviews)
    {
        var counts = reviews.Select(one => one.Runs.Count).Distinct().Order().ToList();
        if (counts is not [> 0]) throw new UserError($"questions have {string.Join(" or ", counts)} reviews; each needs as many, and at least one");
        var runs = Enumerable.Range(0, counts[0]).Select(run => reviews.Select(one => one.Runs[run]).ToList()).ToList();
        var means = runs.Select(run => new Points(Mean(run, points => points.Reference), Mean(run, points => points.Model))).ToList();
        return new Dictionary<string, double>
        {
            ["relative"] = Percent * means.Average(mean => mean.Reference > 0 ? mean.Model / mean.Reference : 0),
            ["gpt4_x10"] = 10 * means.Average(mean => mean.Reference),
            ["model_x10"] = 10 * means.Average(mean => mean.Model),
            ["unparsed"] = runs.Sum(run => run.Count(points => points == Unparsed)),
        };
    }

    // Without the reviews that have no points, which LLaVA's summary averages as if they were some.
    private static double Mean(IEnumerable<Points> run, Func<Points, double> of) => Math.Round(Figures.Mean(run.Where(points => points != Unparsed).Select(of)), Digits);

    private static (int Run, string Category, Points Points) ReadReview(PublishedRow row, int run)
    {
        if (!row.Value.TryGetProperty("tuple", out var tuple) || tuple.ValueKind != JsonValueKind.Array || tuple.GetArrayLength() != 2
            || tuple.EnumerateArray().Any(value => value.ValueKind != JsonValueKind.Number))
            throw row.Complaint($"has no tuple of two numbers: {Rubric.Hint}");
        var points = new Points(tuple[0].GetDouble(), tuple[1].GetDouble());
        return points == Unparsed || points is { Reference: >= 0 and <= 10, Model: >= 0 and <= 10 }
            ? (run, row.TextOr("category", "all"), points)
            : throw row.Complaint("has no tuple of two numbers from 0 to 10, nor [-1, -1] for a review without points");
    }
}
