using LlavaMod.Evaluation.Benchmarks;

namespace LlavaMod.Tests.Evaluation.Benchmarks;

/// <summary>Answers that do not belong to their questions are told in one line; no score is made up for them.</summary>
public sealed class AnswerFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public AnswerFileTests() => folder.Write("testdev_balanced_questions.json", """{"1": {"answer": "yes"}, "2": {"answer": "red"}, "3": {"answer": "left"}}""");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_question_counts_once()
    {
        var score = Score(("1", "Yes."), ("2", "blue"), ("3", "left"));
        score.Figures.Metrics["accuracy"].ShouldBe(2 / 3.0);
        (score.Answered, score.Questions, score.IsPartial).ShouldBe((3, 3, false));
    }

    [Fact]
    public void A_question_without_an_answer_is_told()
    {
        var error = Should.Throw<UserError>(() => Score(("1", "yes")));
        error.Message.ShouldContain("2 of 3 questions have no answer (2, 3); --allow-partial scores the others");
    }

    [Fact]
    public void A_partial_score_says_that_it_is_one()
    {
        var score = new Gqa().Score(folder.Path, Write(("1", "yes")), allowPartial: true);
        score.Figures.Metrics["accuracy"].ShouldBe(1);
        (score.Answered, score.IsPartial).ShouldBe((1, true));
        new BenchmarkResult { Benchmark = "gqa", Score = score }.ToJson().ShouldContain("\"partial\": true");
    }

    [Fact]
    public void An_answer_to_an_unknown_question_and_a_second_answer_are_told_together()
    {
        var error = Should.Throw<UserError>(() => Score(("1", "yes"), ("1", "no"), ("2", "red"), ("3", "left"), ("9", "x")));
        error.Message.ShouldContain("1 of its answers are to questions that the benchmark does not have (9); 1 answers are given twice (1)");
    }

    [Fact]
    public void A_missing_annotation_file_is_named()
    {
        using var empty = new TemporaryFolder();
        Should.Throw<UserError>(() => new Gqa().Score(empty.Path, Write(("1", "yes")))).Message.ShouldContain("holds none of testdev_balanced_questions.json");
    }

    [Theory]
    [InlineData("{\"question_id\": 1", "line 1 is not JSON")]
    [InlineData("[1, 2]", "row 1 is not a JSON object")]
    [InlineData("{\"question_id\": \"1\", \"text\": \"\\ud800\"}", "line 1 is not JSON")]
    [InlineData("{\"question_id\": \"1\", \"question_id\": \"1\", \"text\": \"a\"}", "line 1 is not JSON")]
    [InlineData("{\"question_id\": \"1\"}", "row 1 has no text")]
    [InlineData("{\"question_id\": [1], \"text\": \"a\"}", "row 1 has Array as question_id")]
    public void A_broken_row_is_named(string line, string reason) =>
        Should.Throw<UserError>(() => new Gqa().Score(folder.Path, folder.Write("broken.jsonl", line))).Message.ShouldContain(reason);

    [Fact]
    public void An_interval_holds_the_score_and_is_the_same_every_time()
    {
        (string, string)[] answers = [("1", "yes"), ("2", "blue"), ("3", "left")];
        var interval = Score(answers).Intervals["accuracy"];
        interval.Low.ShouldBeLessThan(2 / 3.0);
        interval.High.ShouldBe(1);
        Score(answers).Intervals["accuracy"].ShouldBe(interval);
    }

    [Fact]
    public void An_interval_is_as_wide_as_that_of_a_share_of_equal_answers()
    {
        const int Count = 400;
        folder.Write("testdev_balanced_questions.json", $"{{{string.Join(",", Enumerable.Range(0, Count).Select(id => $$""" "{{id}}": {"answer": "yes"} """))}}}");
        var interval = Score([.. Enumerable.Range(0, Count).Select(id => ($"{id}", id % 2 == 0 ? "yes" : "no"))]).Intervals["accuracy"];
        double half = 1.96 * Math.Sqrt(0.25 / Count); // of the normal approximation
        interval.Low.ShouldBe(0.5 - half, 0.006);
        interval.High.ShouldBe(0.5 + half, 0.006);
    }

    [Fact]
    public void Questions_that_are_no_objects_are_named()
    {
        folder.Write("testdev_balanced_questions.json", """{"1": false}""");
        Should.Throw<UserError>(() => Score(("1", "yes"))).Message.ShouldContain("row 1 is not a JSON object");
    }

    [Fact]
    public void A_question_that_stands_twice_is_named()
    {
        folder.Write("val.json", """[{"image": "a", "answers": [{"answer": "x"}]}, {"image": "a", "answers": [{"answer": "x"}]}]""");
        Should.Throw<UserError>(() => new VizWiz().Score(folder.Path, Write(("a", "x")))).Message.ShouldContain("row 2 is another 'a'");
    }

    [Fact]
    public void A_table_whose_row_is_short_is_named()
    {
        folder.Write("dev.tsv", "index\tA\tB\tanswer\n1\tyes\tno\tA\n2\tyes\n");
        Should.Throw<UserError>(() => new MmBench().Score(folder.Path, Write(("1", "A")))).Message.ShouldContain("row 2 has 2 columns, and the header 4");
    }

    [Fact]
    public void A_table_of_too_many_columns_is_refused()
    {
        folder.Write("dev.tsv", string.Join('\t', Enumerable.Range(0, 257).Select(i => $"c{i}")) + "\n");
        Should.Throw<UserError>(() => new MmBench().Score(folder.Path, Write(("1", "A")))).Message.ShouldEndWith("dev.tsv: has 257 columns, and a benchmark's table at most 256");
    }

    [Fact]
    public void Cells_beyond_the_columns_of_a_table_cost_nothing()
    {
        folder.Write("dev.tsv", $"index\tA\tB\tanswer\n1\tyes\tno\tA{string.Concat(Enumerable.Repeat("\t\"a\"b", 4000))}\n");
        long before = GC.GetAllocatedBytesForCurrentThread();
        new MmBench().Score(folder.Path, Write(("1", "A"))).Answered.ShouldBe(1);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(20 << 20); // read one by one, they took 200 MB
    }

    private BenchmarkScore Score(params (string Id, string Text)[] answers) => new Gqa().Score(folder.Path, Write(answers));

    private string Write(params (string Id, string Text)[] answers) =>
        folder.Write("answers.jsonl", string.Join('\n', answers.Select(answer => $$"""{"question_id": "{{answer.Id}}", "prompt": "?", "text": "{{answer.Text}}"}""")));
}
