using System.Text.Json.Nodes;
using LlavaMod.Recipes;
using LlavaMod.Runs;

namespace LlavaMod.Tests.Runs;

public class RunFolderTests : IDisposable
{
    private static readonly Recipe Recipe = new() { Name = "r", Models = new(), Data = new(), Stages = [] };
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void A_new_run_has_its_recipe_and_a_place_for_checkpoints()
    {
        using var run = RunFolder.Create(folder["runs/one"], Recipe);
        File.ReadAllText(run.Recipe).ShouldBe(Recipe.ToYaml());
        Directory.Exists(run.Checkpoints).ShouldBeTrue();
        RunFolder.Open(folder["runs/one"]).Metrics.ShouldBe(Path.Combine(run.Root, "metrics.jsonl"));
    }

    [Fact]
    public void A_run_is_never_written_over_another()
    {
        using (var run = RunFolder.Create(folder["one"], Recipe)) File.WriteAllText(run.Metrics, "{}\n");
        Should.Throw<UserError>(() => RunFolder.Create(folder["one"], Recipe)).Message.ShouldContain("already holds a run; continue it with --resume");
        Should.Throw<UserError>(() => RunFolder.Resume(folder["one"], Recipe with { Seed = 1 })).Message.ShouldContain("holds a run of another recipe");
    }

    [Fact]
    public void A_run_that_stopped_before_its_first_step_does_not_stand_in_the_way()
    {
        folder.Write("one/tokenizer/vocab.json", "{}");
        RunFolder.Create(folder["one"], Recipe).Dispose();
        using var again = RunFolder.Resume(folder["one"], Recipe with { Seed = 1 });
        File.ReadAllText(again.Recipe).ShouldContain("seed: 1");
        Directory.Exists(again.Tokenizer).ShouldBeFalse();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void While_a_run_is_written_nobody_else_writes_it(bool begun)
    {
        using (var run = RunFolder.Create(folder["one"], Recipe))
        {
            if (begun) File.WriteAllText(run.Metrics, "{}\n");
            Should.Throw<UserError>(() => RunFolder.Resume(folder["one"], Recipe)).Message
                .ShouldBe($"another process is writing the run in {folder["one"]}; wait until it ends, or give another folder with --out");
            RunFolder.Open(folder["one"]).Root.ShouldBe(run.Root); // it may be looked at
        }
        RunFolder.Resume(folder["one"], Recipe).Dispose();
    }

    [Fact]
    public void A_folder_without_a_run_is_refused()
    {
        Should.Throw<UserError>(() => RunFolder.Open(folder["none"])).Message.ShouldContain("holds no run");
        File.WriteAllText(folder["file"], "");
        Should.Throw<UserError>(() => RunFolder.Create(folder["file"], Recipe)).Message.ShouldContain("cannot make the run folder");
    }

    [Fact]
    public void The_summary_has_exactly_the_published_keys()
    {
        FakeRun.Summary().Write(folder["summary.json"]);
        var summary = JsonNode.Parse(File.ReadAllText(folder["summary.json"]))!.AsObject();
        Keys(summary).ShouldBe(["seed", "seconds", "models", "stages"]);
        Keys(summary["models"]![0]!).ShouldBe(["name", "total_params", "active_params", "accuracy", "composition_accuracy", "pope_f1", "chair_s", "chair_i", "train_seconds"]);
        Keys(summary["stages"]![0]!).ShouldBe(["name", "steps", "tokens", "tokens_per_second", "first_loss", "last_loss"]);
        var read = RunSummary.Read(folder["summary.json"]);
        read.Models.ShouldBe(FakeRun.Summary().Models);
        read.Stages.ShouldBe(FakeRun.Summary().Stages);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"seed\": 1}")]
    [InlineData("{\"seed\": 1, \"seconds\": 1, \"models\": null, \"stages\": []}")]
    public void A_broken_summary_is_refused(string text) =>
        Should.Throw<UserError>(() => RunSummary.Read(folder.Write("summary.json", text))).Message.ShouldContain("summary.json: cannot be read");

    private static string[] Keys(JsonNode node) => [.. node.AsObject().Select(entry => entry.Key)];
}
