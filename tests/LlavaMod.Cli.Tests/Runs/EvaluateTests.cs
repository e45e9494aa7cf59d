using System.Text.Json.Nodes;

namespace LlavaMod.Cli.Tests.Runs;

[Collection(TinyRunCollection.Name)]
public sealed class EvaluateTests(TinyRun run) : IDisposable
{
    // Enough to answer some questions right, so that equal scores are not equal zeros.
    private const string Answering = """
        name: answering
        tokenizer: {train: [questions], vocab_size: 300}
        template: {name: qwen, system: "Answer in a word."}
        models:
          m:
            language: {hidden_size: 32, intermediate_size: 48, num_hidden_layers: 2, num_attention_heads: 2, max_position_embeddings: 256, tie_word_embeddings: true}
            vision: {hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2, patch_size: 30, image_size: 60, hidden_act: gelu}
            connector: linear
        data:
          questions: {format: world, count: 200, seed: 1, content: questions, questions: 1, image_size: 60}
        evaluation: {world: {count: 6, seed: 3, image_size: 60}}
        stages:
          - {name: s, model: m, train: [vision, connector, language], data: [questions], objectives: [{name: cross-entropy}], learning_rate: 5e-3, steps: 80, batch_size: 16, report_as: m}
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-evaluate-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_stages_model_scores_alone_what_it_scored_in_its_run()
    {
        File.WriteAllText(In("answering.yaml"), Answering);
        (await Cli.RunApart("train", In("answering.yaml"), "--out", In("run"))).Code.ShouldBe(0);

        string[] command = ["evaluate", In("run/models/s"), "--set", "count=6", "--set", "seed=3", "--out", In("world")];
        var outcome = await Cli.RunApart(command);

        outcome.Code.ShouldBe(0, outcome.Error);
        var metrics = Result("world")["metrics"]!;
        var reported = JsonNode.Parse(File.ReadAllText(In("run/summary.json")))!["models"]![0]!;
        foreach (var key in (string[])["accuracy", "composition_accuracy", "pope_f1", "chair_s", "chair_i"])
            ((double)metrics[key]!).ShouldBe((double)reported[key]!, key);
        ((double)metrics["accuracy"]!).ShouldBeGreaterThan(0);
        outcome.Output.ShouldMatch($@"(?m)^accuracy +{(double)metrics["accuracy"]!:0.#####} ");
        ((string?)Result("world")["model"]!["template"]).ShouldBe("qwen");
        ((int?)Result("world")["options"]!["count"]).ShouldBe(6);
    }

    [Fact]
    public async Task A_stopped_evaluation_goes_on_and_ends_as_if_it_had_not_been()
    {
        string[] Command(string folder) => ["evaluate", run.Model("d2s"), "--set", "count=12", "--out", In(folder)];
        (await Cli.RunApart(Command("whole"))).Code.ShouldBe(0);
        string whole = File.ReadAllText(In("whole/answers.jsonl"));
        string[] lines = whole.Split('\n');

        Directory.CreateDirectory(In("cut"));
        File.Copy(In("whole/asked.json"), In("cut/asked.json"));
        // A process was killed in the middle of a line, behind answers of several batches.
        File.WriteAllText(In("cut/answers.jsonl"), string.Join('\n', lines.Where((_, index) => index % 3 == 0 && index < 99)) + "\n" + lines[1][..20]);
        (await Cli.RunApart(Command("cut"))).Code.ShouldBe(0);

        File.ReadAllText(In("cut/answers.jsonl")).ShouldBe(whole);
        File.ReadAllText(In("cut/result.json")).ShouldBe(File.ReadAllText(In("whole/result.json")));
    }

    [Fact]
    public async Task Answers_to_other_questions_are_not_taken_for_these()
    {
        (await Cli.RunApart("evaluate", run.Model("d2s"), "--set", "count=2", "--limit", "4", "--out", In("out"))).Code.ShouldBe(0);
        string before = File.ReadAllText(In("out/result.json"));
        var other = Cli.Run("evaluate", run.Model("d2d"), "--set", "count=2", "--limit", "4", "--out", In("out"));
        other.Code.ShouldBe(1);
        other.Error.ShouldHaveLines(1);
        other.Error.ShouldContain("holds answers of another run: its model's hash is");
        Cli.Run("evaluate", run.Model("d2s"), "--set", "count=2", "--limit", "5", "--out", In("out")).Error.ShouldContain("its limit is 4, and now 5");
        File.ReadAllText(In("out/result.json")).ShouldBe(before);
        ((bool?)Result("out")["partial"]).ShouldBe(true);
        ((int?)Result("out")["model"]!["limit"]).ShouldBe(4);
    }

    [Fact]
    public async Task Questions_of_ones_own_are_scored_turn_by_turn()
    {
        (await Cli.RunApart("world", "--out", In("world"), "--count", "10")).Code.ShouldBe(0);
        string[] command =
            ["evaluate", run.Model("d2s"), "--benchmark", "exact-match", "--data", In("world/validation.json"), "--images", In("world/images"), "--allow-partial", "--out", In("out")];
        var outcome = await Cli.RunApart(command);
        outcome.Code.ShouldBe(0, outcome.Error);
        Result("out")["categories"]!.AsObject().Select(turn => turn.Key).ShouldContain("question_2");
        outcome.Output.ShouldContain("question_1");

    }

    [Fact]
    public async Task A_question_that_cannot_be_asked_is_an_error_or_counted()
    {
        (await Cli.RunApart("world", "--out", In("world"), "--count", "20")).Code.ShouldBe(0);
        string[] command = ["evaluate", run.Model("d2s"), "--benchmark", "exact-match", "--data", In("world/validation.json"), "--images", In("world/images")];

        // The model reads 256 tokens, and the last questions of a conversation are behind more.
        var tooLong = Cli.Run([.. command, "--out", In("long")]);
        tooLong.Code.ShouldBe(1);
        tooLong.Error.ShouldHaveLines(1);
        tooLong.Error.ShouldContain("questions cannot be asked; 0/");
        tooLong.Error.ShouldContain("the model reads 256 in all");

        File.WriteAllText(In("world/images/validation-000000.png"), "no picture");
        command = [.. command, "--limit", "3", "--out", In("partial")];
        var missing = Cli.Run(command);
        (missing.Code, missing.Error.Contains("validation-000000.png")).ShouldBe((1, true), missing.Error);
        var partial = Cli.Run([.. command, "--allow-partial"]);
        partial.Code.ShouldBe(1); // all three are about that picture
        partial.Error.ShouldContain("none of 3 questions could be asked; 0/0: image 'validation-000000.png'");

        command[^3] = "40";
        command[^1] = In("rest");
        var rest = Cli.Run([.. command, "--allow-partial"]);
        rest.Code.ShouldBe(0, rest.Error);
        rest.Output.ShouldContain("PARTIAL");
        rest.Output.ShouldContain("questions were left out: 0/0, 0/1, 0/2, ...; the first: ");
        Result("rest")["skipped"]!.AsArray().Count.ShouldBeGreaterThan(3);
    }

    [Fact]
    public void A_run_is_not_a_model_and_says_which_it_has()
    {
        var outcome = Cli.Run("evaluate", run.Root);
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldBe($"llavamod: {run.Root} is a run; evaluate one of its models, {run.Model("NAME")}: {string.Join(", ", TinyRecipe.Stages.Order(StringComparer.Ordinal))}\n");
    }

    [Theory]
    [InlineData("--images missing", "no such file or folder: missing")]
    [InlineData("--benchmark exact-match --data missing.json", "missing.json")]
    [InlineData("--benchmark exact-match", "--data names them")]
    [InlineData("--benchmark pop", "did you mean 'pope'?")]
    [InlineData("--set cuont=3", "did you mean 'count'?")]
    [InlineData("--set count=0", "expected a whole number >= 1")]
    [InlineData("--benchmark agreement", "--set teacher=FOLDER names it")]
    [InlineData("--benchmark agreement --set teacher=nowhere", "no such file or folder: nowhere")]
    [InlineData("--limit 0", "limit: expected a whole number >= 1")]
    public void Options_that_do_not_go_together_are_refused(string options, string message)
    {
        var outcome = Cli.Run(["evaluate", run.Model("d2s"), .. options.Split(' ')]);
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldHaveLines(1);
        outcome.Error.ShouldContain(message);
    }

    [Fact]
    public void A_model_that_does_not_belong_to_its_tokenizer_is_refused()
    {
        CopyModel("d2s");
        File.WriteAllText(In("copy/preprocessor_config.json"), File.ReadAllText(In("copy/preprocessor_config.json")).Replace("56", "84"));
        Cli.Run("evaluate", In("copy")).ShouldBe(new Outcome(1, "", $"llavamod: {In("copy")}: preprocessor_config.json makes pictures of 84 pixels, and the vision tower looks at 56\n"));
        File.WriteAllText(In("copy/vocab.json"), File.ReadAllText(In("copy/vocab.json"))[..^20]);
        var cut = Cli.Run("evaluate", In("copy"));
        (cut.Code, cut.Error.Contains("vocab.json")).ShouldBe((1, true), cut.Error);
        cut.Error.ShouldHaveLines(1);
    }

    private JsonNode Result(string name) => JsonNode.Parse(File.ReadAllText(In($"{name}/result.json")))!;

    private string In(string name) => Path.Combine(folder, name);

    private void CopyModel(string stage)
    {
        Directory.CreateDirectory(In("copy"));
        foreach (var file in Directory.GetFiles(run.Model(stage))) File.Copy(file, In($"copy/{Path.GetFileName(file)}"));
    }
}
