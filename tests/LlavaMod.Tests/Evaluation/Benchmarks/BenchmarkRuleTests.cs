using LlavaMod.Evaluation.Benchmarks;

namespace LlavaMod.Tests.Evaluation.Benchmarks;

/// <summary>The rules of single benchmarks, on answers that published files have few of.</summary>
public sealed class BenchmarkRuleTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("No, there is none", false)]
    [InlineData("There is no dog", false)]
    [InlineData("It is not there", false)]
    [InlineData("Yes. There is no cat", true)] // the first sentence counts
    [InlineData("Nothing", true)]
    public void Pope_takes_an_answer_for_no_by_its_first_sentence(string answer, bool yes)
    {
        foreach (string category in (string[])["random", "popular", "adversarial"])
            folder.Write($"coco_pope_{category}.json", """{"question_id": 1, "image": "a.jpg", "text": "Is there a dog in the image?", "label": "yes"}""");
        string answers = folder.Write("answers.jsonl", string.Join('\n', new[] { 1, 10_000_001, 20_000_001 }.Select(id => $$"""{"question_id": {{id}}, "text": "{{answer}}"}""")));
        new Pope().Score(folder.Path, answers).Figures.Metrics["accuracy"].ShouldBe(yes ? 1 : 0);
    }

    [Theory]
    [InlineData("B", true)]
    [InlineData("B.", true)]
    [InlineData("(B) a cat", true)]
    [InlineData("The answer is a cat", true)]
    [InlineData("A cat is what I see here", true)] // the article is no letter
    [InlineData("a dog or a cat", false)]
    [InlineData("", false)]
    public void MmBench_finds_the_choice_in_an_answer(string answer, bool right)
    {
        folder.Write("dev.tsv", "index\tquestion\tA\tB\tC\tD\tanswer\n7\tWhat is it?\tdog\tcat\t\t\tB\n");
        string answers = folder.Write("answers.jsonl", $$"""{"question_id": 7, "text": "{{answer}}"}""");
        new MmBench().Score(folder.Path, answers).Figures.Metrics["circular_accuracy"].ShouldBe(right ? 1 : 0);
    }

    [Fact]
    public void MmBench_counts_a_question_only_if_every_rotation_is_right()
    {
        folder.Write("dev.tsv", "index\tA\tB\tanswer\n7\tdog\tcat\tB\n1000007\tcat\tdog\tA\n8\tred\tblue\tA\n");
        string answers = folder.Write("answers.tsv", "index\tprediction\n7\tB\n1000007\tB\n8\tA\n");
        var metrics = new MmBench().Score(folder.Path, answers).Figures.Metrics;
        metrics["circular_accuracy"].ShouldBe(0.5);
        metrics["vanilla_accuracy"].ShouldBe(1);
        metrics["row_accuracy"].ShouldBe(2 / 3.0);
    }

    [Fact]
    public void VizWiz_leaves_each_person_out_in_turn()
    {
        string people = string.Join(",", Enumerable.Range(0, 10).Select(i => $$"""{"answer": "{{(i < 3 ? "Red" : "blue")}}"}"""));
        folder.Write("val.json", $$"""[{"image": "a.jpg", "question": "?", "answers": [{{people}}]}]""");
        string answers = folder.Write("answers.jsonl", """{"question_id": "a.jpg", "text": "red"}""");
        // With one of the three left out two others said it, with one of the seven left out three.
        new VizWiz().Score(folder.Path, answers).Figures.Metrics["accuracy"].ShouldBe((3 * (2 / 3.0) + 7) / 10, 1e-12);
    }

    [Theory]
    [InlineData("A", true)]
    [InlineData("A. because", true)]
    [InlineData("The answer is A.", true)]
    [InlineData("maybe A", false)]
    public void ScienceQa_reads_the_official_files(string answer, bool right)
    {
        folder.Write("problems.json", """{"4": {"answer": 0, "choices": ["x", "y"], "image": "image.png", "hint": "Look.", "subject": "social science", "grade": "grade7"}, "5": {"answer": 1, "choices": ["x", "y"], "image": null}}""");
        folder.Write("pid_splits.json", """{"train": ["5"], "test": ["4"]}""");
        string answers = folder.Write("answers.jsonl", $$"""{"question_id": "4", "text": "{{answer}}"}""");
        var figures = new ScienceQa().Score(folder.Path, answers).Figures;
        figures.Metrics["image_accuracy"].ShouldBe(right ? 1 : 0);
        figures.Metrics["text_accuracy"].ShouldBe(0);
        figures.Categories.Keys.ShouldBe(["social science", "text context", "image context", "grades 7-12"]);
        figures.Categories["social science"]["accuracy"].ShouldBe(right ? 1 : 0);
    }

    [Fact]
    public void MmVet_counts_a_question_for_each_ability_that_it_takes()
    {
        folder.Write("mm-vet.json", """{"v1_0": {"capability": ["ocr", "math"]}, "v1_1": {"capability": ["ocr"]}}""");
        string grades = folder.Write("grades.json", """{"v1_0": {"score": [0.5]}, "v1_1": {"score": [1, 0.8]}}""");
        var figures = new MmVet().Score(folder.Path, grades).Figures;
        figures.Metrics["score"].ShouldBe(70, 1e-9);
        figures.Categories.ToDictionary(ability => ability.Key, ability => Math.Round(ability.Value["score"], 9)).ShouldBe(new Dictionary<string, double> { ["math"] = 50, ["ocr"] = 70 }, ignoreOrder: true);
    }
}
