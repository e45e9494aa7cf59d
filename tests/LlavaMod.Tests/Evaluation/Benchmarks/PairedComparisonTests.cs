using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Recipes;

namespace LlavaMod.Tests.Evaluation.Benchmarks;

/// <summary>Results side by side: the arithmetic, and what cannot be compared.</summary>
public sealed class PairedComparisonTests : IDisposable
{
    private const double DrawingError = 0.03; // of p over 1,000 draws

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_difference_is_that_of_the_figures()
    {
        var metric = Compare(Gqa("1111100000"), Gqa("1111111000")).Metrics.Single();
        (metric.Name, metric.Values[0].Value, metric.Values[1].Value).ShouldBe(("accuracy", 0.5, 0.7));
        metric.Values[0].Difference.ShouldBeNull();
        metric.Values[1].Difference!.Value.ShouldBe(0.2, 1e-15);
        // Two discordant questions: in half of all swaps both fall to one side.
        metric.Values[1].Difference!.P.ShouldBe(0.5, 2 * DrawingError);
    }

    [Theory]
    [InlineData(6, 0)]
    [InlineData(8, 2)]
    [InlineData(15, 9)]
    [InlineData(30, 12)]
    public void For_plain_accuracy_p_is_that_of_McNemars_exact_test(int won, int lost)
    {
        string same = new('1', 40);
        var difference = Compare(Gqa(same + new string('0', won) + new string('1', lost)), Gqa(same + new string('1', won) + new string('0', lost))).Metrics.Single().Values[1].Difference!;
        difference.P.ShouldBe(Math.Min(1, 2 * BinomialTail(won + lost, Math.Max(won, lost))), DrawingError);
    }

    [Fact]
    public void An_interval_of_a_difference_is_as_wide_as_the_normal_approximation_says()
    {
        const int Count = 600, Won = 90, Lost = 30;
        string same = new('1', Count - Won - Lost);
        var difference = Compare(Gqa(same + new string('0', Won) + new string('1', Lost)), Gqa(same + new string('1', Won) + new string('0', Lost))).Metrics.Single().Values[1].Difference!;
        double mean = (Won - Lost) / (double)Count;
        double half = 1.96 * Math.Sqrt((((Won + Lost) / (double)Count) - (mean * mean)) / Count);
        difference.Interval.Low.ShouldBe(mean - half, 0.006);
        difference.Interval.High.ShouldBe(mean + half, 0.006);
    }

    [Fact]
    public void Equal_answers_are_not_apart_and_p_is_one()
    {
        var difference = Compare(Gqa("1100101"), Gqa("1100101")).Metrics.Single().Values[1].Difference!;
        difference.ShouldBe(new PairedDifference(0, new Interval(0, 0), 1, 1));
    }

    [Fact]
    public void Sides_may_change_places()
    {
        var (a, b) = (Gqa("110010111011"), Gqa("101101011111"));
        var (there, back) = (Compare(a, b).Metrics.Single().Values[1].Difference!, Compare(b, a).Metrics.Single().Values[1].Difference!);
        back.Value.ShouldBe(-there.Value);
        back.P.ShouldBe(there.P);
    }

    [Fact]
    public void Values_have_the_intervals_of_their_own_files_and_repeat_bit_for_bit()
    {
        var (a, b) = (Gqa("110010111011"), Gqa("101101011111"));
        var first = Compare(a, b).Metrics.Single();
        first.Values.Select(value => value.Interval).ShouldBe([a.Score.Intervals["accuracy"], b.Score.Intervals["accuracy"]]);
        Compare(a, b).Metrics.Single().Values.ShouldBe(first.Values);
    }

    [Fact]
    public void Several_results_are_corrected_for_being_several()
    {
        var values = Compare(Gqa(new string('0', 12)), Gqa("111111111000"), Gqa("111110000000")).Metrics.Single().Values;
        values[1].Difference!.Corrected.ShouldBe(2 * values[1].Difference!.P, 1e-15);
        values[2].Difference!.Corrected.ShouldBe(values[2].Difference!.P);
    }

    [Fact]
    public void Holms_correction_is_that_of_its_paper()
    {
        HolmCorrection.Of([0.01, 0.04, 0.03, 0.005]).ShouldBe([0.03, 0.06, 0.06, 0.02], 1e-15);
        HolmCorrection.Of([0.2, 0.9]).ShouldBe([0.4, 0.9], 1e-15);
        HolmCorrection.Of([0.7, 0.6]).ShouldBe([1.0, 1.0], 1e-15);
        HolmCorrection.Of([0.3]).ShouldBe([0.3]);
    }

    [Fact]
    public void Questions_of_one_group_change_places_together()
    {
        // Two pictures with two questions each, all four won: of four swaps two leave the difference as large as it is.
        string task = "a.jpg\tIs it red?\tYes\na.jpg\tIs it blue?\tNo\nb.jpg\tIs it red?\tYes\nb.jpg\tIs it blue?\tNo\n";
        foreach (string name in Tasks) folder.Write($"mme/{name}.txt", name == "color" ? task : "");
        var right = Mme("right", "yes", "no", "yes", "no");
        var wrong = Mme("wrong", "no", "yes", "no", "yes");
        var perception = Compare(wrong, right).Metrics[0];
        (perception.Name, perception.Values[1].Difference!.Value).ShouldBe(("perception", 200));
        perception.Values[1].Difference!.P.ShouldBe(0.5, 2 * DrawingError);
    }

    [Fact]
    public void What_one_side_has_not_answered_is_told_or_left_out()
    {
        var (a, b) = (Gqa("1111"), Gqa("1011"));
        var (x, y) = (Keep(a, "1", "2", "3"), Keep(b, "0", "2", "3"));
        var error = Should.Throw<UserError>(() => Compare(x, y));
        error.Message.ShouldBe("0.json has no answer to 1 questions that others answer (0); 1.json has no answer to 1 questions that others answer (1); --allow-partial compares the 2 that all answer");
        var compared = PairedComparison.Of([("0.json", x), ("1.json", y)], allowPartial: true);
        (compared.Compared, compared.LeftOut, compared.Questions).ShouldBe((2, 2, 4));
        compared.Metrics.Single().Values[1].Value.ShouldBe(1);
        Should.Throw<UserError>(() => PairedComparison.Of([("0.json", Keep(a, "1")), ("1.json", Keep(b, "2"))], allowPartial: true)).Message.ShouldContain("no question is answered in all of them");
    }

    [Fact]
    public void What_cannot_be_compared_is_said_in_one_line()
    {
        var a = Gqa("1111");
        Refused(a, a with { Benchmark = "pope" }).ShouldBe("0.json and 1.json are results of gqa and pope; only those of one benchmark can be compared");
        Refused(a, a with { ScorerVersion = 7 }).ShouldContain("scorer versions 1 and 7");
        Refused(a, a with { Score = a.Score with { QuestionsHash = "00" } }).ShouldContain("different questions of gqa");
        Refused(a, a with { Judge = new JudgeUse("http://localhost/v1", "judge", "prompt", "0123456789", "ab", 1, 1, 1, null, []) }).ShouldContain("graded by a judge that the file does not name and judge (prompt ");
        Refused(a, a with { Score = a.Score with { Figures = new Figures(new Dictionary<string, double> { ["accuracy"] = 0.9 }) } })
            .ShouldBe("1.json: its accuracy is not what its items come to; score the answers again");
        Refused(a with { Benchmark = "gqaa" }, a with { Benchmark = "gqaa" }).ShouldContain("unknown benchmark 'gqaa'");
    }

    [Fact]
    public void Other_questions_under_the_same_ids_have_another_hash()
    {
        string hash = Gqa("1111").Score.QuestionsHash;
        Gqa("0101").Score.QuestionsHash.ShouldBe(hash);
        folder.Write("gqa/testdev_balanced_questions.json", """{"0": {"answer": "no"}, "1": {"answer": "yes"}, "2": {"answer": "yes"}, "3": {"answer": "yes"}}""");
        Score("gqa", Answers("1111")).Score.QuestionsHash.ShouldNotBe(hash);
    }

    [Fact]
    public void Reviews_of_different_numbers_of_runs_are_not_mixed()
    {
        folder.Write("llava-bench/questions.jsonl", """{"question_id": 1}""");
        string review = """{"question_id": 1, "category": "conv", "tuple": [8, 6]}""";
        folder.Write("once/a.jsonl", review);
        folder.Write("twice/a.jsonl", review);
        folder.Write("twice/b.jsonl", review);
        Refused(Score("llava-bench", folder["once"]), Score("llava-bench", folder["twice"])).ShouldBe("0.json, 1.json: questions have 1 or 2 reviews; each needs as many, and at least one");
    }

    [SharedFact("data/eval/chair")]
    public void Figures_that_are_no_means_are_the_benchmarks_own()
    {
        string chair = RepositoryFiles.Shared("data/eval/chair")!;
        var published = new BenchmarkResult { Benchmark = "object-halbench", Score = new ObjectHalBench().Score(chair, RepositoryFiles.Shared("data/eval/chair/answers_and_ground_truth.jsonl")!) };
        string zoo = string.Join('\n', published.Score.Items.Select(item => $$"""{"question_id": {{item.Key}}, "text": "A zebra and a giraffe beside a toaster."}"""));
        var always = new BenchmarkResult { Benchmark = "object-halbench", Score = new ObjectHalBench().Score(chair, folder.Write("zoo.jsonl", zoo)) };
        var metrics = Compare(published, always).Metrics;
        metrics.Select(metric => metric.Name).ShouldBe(published.Score.Figures.Metrics.Keys);
        foreach (var metric in metrics)
        {
            metric.Values[0].Value.ShouldBe(published.Score.Figures.Metrics[metric.Name]);
            metric.Values[1].Value.ShouldBe(always.Score.Figures.Metrics[metric.Name]);
            metric.Values[0].Interval.ShouldBe(published.Score.Intervals[metric.Name]);
            metric.Values[1].Difference!.Value.ShouldBe(metric.Values[1].Value - metric.Values[0].Value);
            metric.Values[1].Difference!.P.ShouldBe(1 / 1001.0);
        }
    }

    private static readonly string[] Tasks =
    [
        "existence", "count", "position", "color", "posters", "celebrity", "scene", "landmark", "artwork", "OCR",
        "commonsense_reasoning", "numerical_calculation", "text_translation", "code_reasoning",
    ];

    private static PairedComparison Compare(params BenchmarkResult[] results) => PairedComparison.Of([.. results.Select((result, index) => ($"{index}.json", result))]);

    private static string Refused(params BenchmarkResult[] results) => Should.Throw<UserError>(() => Compare(results)).Message;

    // A digit for each question: 1 for a right answer.
    private BenchmarkResult Gqa(string answers)
    {
        folder.Write("gqa/testdev_balanced_questions.json", $"{{{string.Join(",", answers.Select((_, id) => $$""" "{{id}}": {"answer": "yes"} """))}}}");
        return Score("gqa", Answers(answers));
    }

    private string Answers(string answers) =>
        folder.Write("answers.jsonl", string.Join('\n', answers.Select((answer, id) => $$"""{"question_id": "{{id}}", "text": "{{(answer == '1' ? "yes" : "no")}}"}""")));

    private BenchmarkResult Mme(string name, params string[] answers)
    {
        string[] questions = ["a.jpg\tIs it red?\tYes", "a.jpg\tIs it blue?\tNo", "b.jpg\tIs it red?\tYes", "b.jpg\tIs it blue?\tNo"];
        folder.Write($"{name}/color.txt", string.Join('\n', questions.Zip(answers, (question, answer) => $"{question}\t{answer}")));
        return Score("mme", folder[name]);
    }

    private BenchmarkResult Score(string benchmark, string answers) =>
        new() { Benchmark = benchmark, Score = Catalog<Benchmark>.Create(benchmark).Score(folder[benchmark], answers) };

    private static BenchmarkResult Keep(BenchmarkResult result, params string[] keys)
    {
        var items = result.Score.Items.Where(item => keys.Contains(item.Key)).ToList();
        var figures = Catalog<Benchmark>.Create(result.Benchmark).FiguresOf(items)([.. Enumerable.Range(0, items.Count)]);
        return result with { Score = result.Score with { Items = items, Answered = items.Count, Figures = figures } };
    }

    // P(X >= least) of fair coins.
    private static double BinomialTail(int count, int least)
    {
        double tail = 0, probability = Math.Pow(0.5, count);
        for (int heads = 0; heads <= count; probability *= (count - heads) / (heads + 1.0), heads++) tail += heads >= least ? probability : 0;
        return tail;
    }
}
