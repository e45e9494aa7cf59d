using System.Globalization;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// POPE (Li et al. 2023, arXiv 2305.10355): yes-no questions about objects, those that are absent drawn at random, among the most popular, or
/// among those that go with what is there. An answer is "no" when its first sentence has the word no or not, else "yes", as POPE's script reads it.
/// Files: <c>coco_pope_random.json</c>, <c>coco_pope_popular.json</c>, <c>coco_pope_adversarial.json</c>, in the folder or its <c>coco</c>. Answers
/// have LLaVA's ids: those of the adversarial file as they are, random ones with 10,000,000 added, popular ones with 20,000,000. Pictures: COCO's
/// <c>val2014</c>.
/// </summary>
[Benchmark("pope", Summary = "POPE, object hallucination: F1 of yes-no questions (arXiv 2305.10355)")]
public sealed class Pope : Benchmark<Pope.Question, Pope.Scored>
{
    private const long IdsOfCategory = 10_000_000;

    private static readonly (string Category, long FirstId)[] Categories = [("adversarial", 0), ("random", IdsOfCategory), ("popular", 2 * IdsOfCategory)];

    /// <summary>A question.</summary>
    /// <param name="Category">adversarial, random or popular.</param>
    /// <param name="IsYes">The truth.</param>
    public sealed record Question(string Category, bool IsYes);

    /// <summary>A question and what was said.</summary>
    /// <param name="Question">The question.</param>
    /// <param name="SaysYes">The answer.</param>
    public sealed record Scored(Question Question, bool SaysYes);

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data) => Rows(data).Select(entry => new BenchmarkQuestion(
        entry.Id, entry.Row.Question("text") + LlavaPrompt.SingleWord, data.Picture(entry.Row.Text("image"), "val2014", "images")) { HasNumericId = true });

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, Question> ReadItems(BenchmarkFolder data) => Rows(data).ToDictionary(entry => entry.Id, entry =>
    {
        string label = entry.Row.Text("label");
        if (label is not ("yes" or "no")) throw entry.Row.Complaint($"has the label '{label}'; expected yes or no");
        return new Question(entry.Category, label == "yes");
    });

    /// <inheritdoc/>
    protected override Scored ScoreOne(Question item, AnswerRow answer) => new(item, SaysYes(answer.Text));

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<Scored> scored)
    {
        var categories = scored.GroupBy(one => one.Question.Category).ToDictionary(group => group.Key, group => Measure([.. group]));
        return new Figures(
            new Dictionary<string, double> { ["f1"] = Figures.Mean(categories.Values.Select(one => one["f1"])), ["accuracy"] = Figures.Mean(categories.Values.Select(one => one["accuracy"])) },
            categories);
    }

    // In the order and with the ids of LLaVA's own file of questions.
    private static IEnumerable<(string Id, string Category, PublishedRow Row)> Rows(BenchmarkFolder data)
    {
        foreach (var (category, firstId) in Categories)
        {
            string name = $"coco_pope_{category}.json";
            var seen = new HashSet<long>();
            foreach (var row in PublishedFile.Rows(data.Find(name, $"coco/{name}")))
            {
                if (!long.TryParse(row.Text("question_id"), CultureInfo.InvariantCulture, out long id) || id is < 0 or >= IdsOfCategory)
                    throw row.Complaint($"has the question_id '{row.Text("question_id")}'; expected a number under {IdsOfCategory:N0}");
                if (!seen.Add(id)) throw row.Complaint($"has question_id {id} a second time");
                yield return ($"{firstId + id}", category, row);
            }
        }
    }

    private static bool SaysYes(string text)
    {
        string[] words = text.Split('.')[0].Replace(",", "", StringComparison.Ordinal).Split(' ');
        return !words.Any(word => word is "No" or "no" or "not");
    }

    private static IReadOnlyDictionary<string, double> Measure(List<Scored> answers)
    {
        var (truePositive, falsePositive, trueNegative, falseNegative) = (0, 0, 0, 0);
        foreach (var (question, saysYes) in answers)
        {
            if (saysYes) _ = question.IsYes ? truePositive++ : falsePositive++;
            else _ = question.IsYes ? falseNegative++ : trueNegative++;
        }
        return new Dictionary<string, double>
        {
            ["f1"] = Ratio.Of(2 * truePositive, 2 * truePositive + falsePositive + falseNegative),
            ["accuracy"] = Ratio.Of(truePositive + trueNegative, answers.Count),
            ["precision"] = Ratio.Of(truePositive, truePositive + falsePositive),
            ["recall"] = Ratio.Of(truePositive, truePositive + falseNegative),
            ["yes_ratio"] = Ratio.Of(truePositive + falsePositive, answers.Count),
        };
    }
}
