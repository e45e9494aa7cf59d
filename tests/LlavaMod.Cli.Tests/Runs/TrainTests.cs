using System.Text.Json.Nodes;

namespace LlavaMod.Cli.Tests.Runs;

[Collection(TinyRunCollection.Name)]
public sealed class TrainTests(TinyRun run)
{
    private static readonly string[] ModelFiles =
        ["added_tokens.json", "config.json", "llavamod.json", "merges.txt", "model.safetensors", "preprocessor_config.json", "tokenizer_config.json", "vocab.json"];

    [Fact]
    public void A_run_leaves_every_file_and_nothing_half_written()
    {
        run.Outcome.Code.ShouldBe(0, run.Outcome.Error);
        Names(run.Root).ShouldBe(["checkpoints", "evaluation", "manifest.json", "metrics.jsonl", "models", "recipe.yaml", "report.html", "samples.json", "state.json", "summary.json", "tokenizer"]);
        Names(run.Model("")).ShouldBe(TinyRecipe.Stages.Order(StringComparer.Ordinal));
        Directory.EnumerateFileSystemEntries(run.Root, "*", SearchOption.AllDirectories)
            .ShouldAllBe(path => !path.EndsWith(".tmp") && !path.EndsWith(".unfinished"));
        File.ReadLines(Path.Combine(run.Root, "metrics.jsonl")).Count().ShouldBe(30);
    }

    [Fact]
    public void The_summary_has_exactly_the_published_keys()
    {
        var summary = JsonNode.Parse(File.ReadAllText(Path.Combine(run.Root, "summary.json")))!;
        Keys(summary).ShouldBe(["seed", "seconds", "models", "stages"]);
        foreach (var model in summary["models"]!.AsArray())
            Keys(model!).ShouldBe(["name", "total_params", "active_params", "accuracy", "composition_accuracy", "pope_f1", "chair_s", "chair_i", "train_seconds"]);
        foreach (var stage in summary["stages"]!.AsArray())
            Keys(stage!).ShouldBe(["name", "steps", "tokens", "tokens_per_second", "first_loss", "last_loss"]);
        summary["models"]!.AsArray().Select(model => (string?)model!["name"]).ShouldBe(TinyRecipe.Models);
        summary["stages"]!.AsArray().Select(stage => (string?)stage!["name"]).ShouldBe(TinyRecipe.Stages);
    }

    [Fact]
    public void The_manifest_says_which_data_fed_which_stage()
    {
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(run.Root, "manifest.json")))!;
        var stages = manifest["stages"]!.AsArray();
        stages.Select(stage => (string?)stage!["name"]).ShouldBe(TinyRecipe.Stages);
        foreach (var stage in stages)
        {
            var source = stage!["sources"]!.AsArray().ShouldHaveSingleItem()!;
            Keys(source).ShouldBe(["name", "format", "path", "content_hash", "rows", "limit", "weight", "use"]);
            ((string?)source["content_hash"])!.Length.ShouldBe(64);
            var steps = File.ReadLines(Path.Combine(run.Root, "metrics.jsonl")).Count(line => line.Contains($"\"stage\":\"{stage["name"]}\""));
            ((int)source["use"]!["used"]! + 0).ShouldBe(4 * steps);
        }
    }

    [Fact]
    public void The_models_are_shown_side_by_side_and_the_files_named()
    {
        var lines = run.Outcome.Output.Split('\n');
        lines.Count(line => TinyRecipe.Models.Any(line.Contains) && line.Contains('%')).ShouldBe(TinyRecipe.Models.Length);
        lines.ShouldContain(line => line.Contains("summary.json") && line.Contains("report.html"));
        lines.ShouldContain("model              params active accuracy compos. POPE F1 CHAIR s CHAIR i time");
    }

    [Fact]
    public void Every_stage_leaves_a_whole_model_folder()
    {
        foreach (var stage in TinyRecipe.Stages)
            Names(run.Model(stage)).ShouldBe(ModelFiles, stage);
    }

    [Fact]
    public void A_folder_that_holds_a_run_is_left_alone()
    {
        var before = File.ReadAllText(Path.Combine(run.Root, "metrics.jsonl"));
        var outcome = Cli.Run("train", run.Recipe, "--out", run.Root);
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldBe($"llavamod: {run.Root} already holds a run; continue it with --resume, or give another folder with --out\n");
        File.ReadAllText(Path.Combine(run.Root, "metrics.jsonl")).ShouldBe(before);
    }

    private static string[] Names(string folder) => [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private static string[] Keys(JsonNode node) => [.. node.AsObject().Select(entry => entry.Key)];
}
