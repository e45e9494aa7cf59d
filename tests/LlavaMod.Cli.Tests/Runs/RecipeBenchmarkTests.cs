using System.Text.Json.Nodes;

namespace LlavaMod.Cli.Tests.Runs;

/// <summary>Benchmarks that a recipe names.</summary>
[Collection(TinyRunCollection.Name)]
public sealed class RecipeBenchmarkTests(TinyRun tiny) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-benchmarks-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Every_reported_model_is_asked_and_compared_with_its_teacher_which_is_asked_too()
    {
        var outcome = await Cli.RunApart("train", Write(), "--out", In("run"));
        outcome.Code.ShouldBe(0, outcome.Error);

        var models = JsonNode.Parse(File.ReadAllText(In("run/summary.json")))!["models"]!.AsArray();
        models.Select(model => (string)model!["name"]!).ShouldBe(["given", "student"]);
        Figures(models[0]!).ShouldBe(["world"]); // a teacher is not compared with itself
        Figures(models[1]!).ShouldBe(["world", "agreement"]);
        // The same questions as the recipe's own evaluation: the same figures.
        foreach (var model in models)
        {
            ((double)model!["benchmarks"]![0]!["metrics"]!["accuracy"]!).ShouldBe((double)model["accuracy"]!);
            ((double)model["benchmarks"]![0]!["metrics"]!["chair_i"]!).ShouldBe((double)model["chair_i"]!);
        }
        ((int)models[1]!["benchmarks"]![1]!["answered"]!).ShouldBe(6);
        File.ReadLines(In("run/evaluation/student/agreement/answers.jsonl")).Count().ShouldBe(6);
        var result = JsonNode.Parse(File.ReadAllText(In("run/evaluation/student/world/result.json")))!;
        ((string)result["model"]!["path"]!).ShouldEndWith("models/copy");
        var page = File.ReadAllText(In("run/report.html"));
        page.ShouldContain("<h2>Benchmarks</h2>");
        page.ShouldContain("<caption>agreement</caption>");
        outcome.Output.ShouldContain("agreement");

        // A run that lost its state after the answers asks nobody again, and says the same.
        string before = File.ReadAllText(In("run/summary.json"));
        (await Cli.RunApart("train", Write(), "--out", In("run"), "--resume")).Code.ShouldBe(0);
        JsonNode.Parse(File.ReadAllText(In("run/summary.json")))!["models"]!.ToJsonString().ShouldBe(JsonNode.Parse(before)!["models"]!.ToJsonString());
    }

    [Theory]
    [InlineData("{name: pope, data: nowhere}", "evaluation.benchmarks.pope.data: no such file or folder: nowhere")]
    [InlineData("{name: popes}", "'popes' is unknown; did you mean 'pope'?")]
    [InlineData("{name: world, cuont: 3}", "unknown key (value 3); did you mean 'count'?")]
    [InlineData("{name: gqa}, {name: gqa}", "'gqa' names a benchmark twice")]
    public void A_benchmark_that_cannot_be_asked_is_refused_before_anything_runs(string benchmarks, string message)
    {
        var path = TinyRecipe.Write(folder, "evaluation: {world: {count: 2, seed: 7}}", $"evaluation: {{benchmarks: [{benchmarks}]}}");
        var outcome = Cli.Run("train", path, "--out", In("run"));
        (outcome.Code, outcome.Error.Contains(message)).ShouldBe((1, true), outcome.Error);
        Directory.Exists(In("run")).ShouldBeFalse();
    }

    [Fact]
    public void A_benchmark_whose_files_are_missing_ends_the_run_before_its_first_step()
    {
        Directory.CreateDirectory(In("empty"));
        var path = TinyRecipe.Write(folder, "evaluation: {world: {count: 2, seed: 7}}", "evaluation: {benchmarks: [{name: gqa, data: empty}]}");
        var outcome = Cli.Run("train", path, "--out", In("run"));
        (outcome.Code, outcome.Error.Contains("holds none of testdev_balanced_questions.json")).ShouldBe((1, true), outcome.Error);
        File.Exists(In("run/metrics.jsonl")).ShouldBeFalse();
    }

    // A student that learns from a teacher on disk for one step.
    private string Write()
    {
        File.WriteAllText(In("given.yaml"), $$"""
            name: given
            precision: fp32
            template: {name: qwen, system: ""}
            models:
              given: {path: {{tiny.Model("train-teacher")}}}
              pupil: {path: {{tiny.Model("train-teacher")}}}
            data:
              scenes: {format: world, count: 8, seed: 2, content: mixed}
            evaluation:
              world: {count: 2, seed: 7}
              benchmarks:
                - {name: world, count: 2, seed: 7}
                - {name: agreement, on: {name: world, count: 1}, limit: 6}
            stages:
              - {name: copy, model: pupil, teacher: given, train: [connector], data: [scenes], objectives: [{name: forward-kl}], learning_rate: 1e-3, steps: 2, batch_size: 4, max_length: 256, report_as: student}
            """);
        return In("given.yaml");
    }

    private static IEnumerable<string> Figures(JsonNode model) => model["benchmarks"]!.AsArray().Select(figures => (string)figures!["benchmark"]!);

    private string In(string name) => Path.Combine(folder, name);
}
