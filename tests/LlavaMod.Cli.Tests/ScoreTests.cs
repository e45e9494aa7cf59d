namespace LlavaMod.Cli.Tests;

public sealed class ScoreTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-").FullName;

    public ScoreTests()
    {
        File.WriteAllText(Path.Combine(folder, "testdev_balanced_questions.json"), """{"1": {"answer": "yes"}, "2": {"answer": "red"}}""");
        File.WriteAllText(Answers, """
            {"question_id": "1", "text": "Yes"}
            {"question_id": "2", "text": "blue"}
            """);
    }

    private string Answers => Path.Combine(folder, "answers.jsonl");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_score_is_printed_with_its_interval_and_written_as_json()
    {
        string result = Path.Combine(folder, "result.json");
        var outcome = Cli.Run("score", "--benchmark", "gqa", "--answers", Answers, "--data", folder, "--out", result);
        outcome.Code.ShouldBe(0);
        outcome.Output.ShouldContain("accuracy   0.5         0 - 1");
        outcome.Output.ShouldContain("2 of 2 questions answered");
        File.ReadAllText(result).ShouldContain("\"benchmark\": \"gqa\"");
    }

    [Fact]
    public void An_unknown_benchmark_is_answered_with_the_nearest()
    {
        var outcome = Cli.Run("score", "--benchmark", "gqaa", "--answers", Answers, "--data", folder);
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldContain("unknown benchmark 'gqaa'; did you mean 'gqa'?");
    }

    [Fact]
    public void Missing_answers_are_told()
    {
        File.WriteAllText(Answers, """{"question_id": "1", "text": "Yes"}""");
        var outcome = Cli.Run("score", "--benchmark", "gqa", "--answers", Answers, "--data", folder);
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldContain("1 of 2 questions have no answer (2)");
        Cli.Run("score", "--benchmark", "gqa", "--answers", Answers, "--data", folder, "--allow-partial").Output.ShouldContain("1 of 2 questions answered: a PARTIAL score");
    }
}
