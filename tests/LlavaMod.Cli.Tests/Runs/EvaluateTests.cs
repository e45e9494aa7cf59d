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

        var outcome = await Cli.RunApart("evaluate", In("run/models/s"), "--world", "6", "--seed", "3", "--out", In("scores.json"));

        outcome.Code.ShouldBe(0, outcome.Error);
        var scores = JsonNode.Parse(File.ReadAllText(In("scores.json")))!;
        var reported = JsonNode.Parse(File.ReadAllText(In("run/summary.json")))!["models"]![0]!;
        foreach (var key in (string[])["accuracy", "composition_accuracy", "pope_f1", "chair_s", "chair_i"])
            ((double)scores[key]!).ShouldBe((double)reported[key]!, key);
        scores.ToJsonString().ShouldBe(JsonNode.Parse(File.ReadAllText(In("run/evaluation/m.json")))!.ToJsonString());
        ((double)scores["accuracy"]!).ShouldBeGreaterThan(0);
        outcome.Output.ShouldContain($"{100 * (double)scores["accuracy"]!:F1} %");
    }

    [Fact]
    public async Task Questions_of_ones_own_are_scored_turn_by_turn()
    {
        (await Cli.RunApart("world", "--out", In("world"), "--count", "10")).Code.ShouldBe(0);
        var outcome = await Cli.RunApart(
            "evaluate", run.Model("d2s"), "--data", In("world/validation.json"), "--images", In("world/images"), "--out", In("scores.json"));
        outcome.Code.ShouldBe(0, outcome.Error);
        var scores = JsonNode.Parse(File.ReadAllText(In("scores.json")))!;
        ((string?)scores["dataset"]).ShouldBe("validation.json");
        scores["accuracy_by_question"]!.AsObject().Count.ShouldBeGreaterThan(1);
        outcome.Output.ShouldContain("question 1");
    }

    [Fact]
    public void A_run_is_not_a_model_and_says_which_it_has()
    {
        var outcome = Cli.Run("evaluate", run.Root);
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldBe($"llavamod: {run.Root} is a run; evaluate one of its models, {run.Model("NAME")}: {string.Join(", ", TinyRecipe.Stages.Order(StringComparer.Ordinal))}\n");
    }

    [Theory]
    [InlineData("--images x", "--images belongs to --data")]
    [InlineData("--data x --world 3", "give one of them")]
    [InlineData("--data missing.json", "missing.json")]
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

    private string In(string name) => Path.Combine(folder, name);

    private void CopyModel(string stage)
    {
        Directory.CreateDirectory(In("copy"));
        foreach (var file in Directory.GetFiles(run.Model(stage))) File.Copy(file, In($"copy/{Path.GetFileName(file)}"));
    }
}
