using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace LlavaMod.Cli.Tests.Runs;

/// <summary>A run that is stopped, by Ctrl-C or by the machine, and started again ends bit for bit like one that was not.</summary>
[Collection(TinyRunCollection.Name)]
public sealed class ResumeTests(TinyRun whole) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-resume-").FullName;

    private string Root => Path.Combine(folder, "run");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_run_killed_again_and_again_ends_like_one_that_was_not(int seed)
    {
        var random = new Random(seed);
        foreach (var stage in TinyRecipe.Stages.Where((_, index) => index % 2 == seed % 2))
        {
            // Once somewhere within the stage, once where its result appears.
            var (steps, delay) = (random.Next(1, 4), random.Next(0, 25));
            await KillWhen(() => StepsOf(stage) >= steps, delay);
            await KillWhen(() => Directory.Exists(Path.Combine(Root, "models", stage)) || Directory.Exists(Path.Combine(Root, "models", stage + ".unfinished")), random.Next(0, 25));
        }
        (await Outcome.Of(Start())).Code.ShouldBe(0);
        ShouldEndLikeTheWholeRun();
    }

    [Fact]
    public async Task Ctrl_C_saves_and_exits_130_and_the_run_goes_on()
    {
        var process = Start();
        await Until(process, () => StepsOf("d2d") >= 1);
        Signals.Interrupt(process);
        var outcome = await Outcome.Of(process);
        outcome.Code.ShouldBe(130);
        outcome.Error.ShouldBe($"llavamod: saved in {Root}; the same command with --resume goes on\nllavamod: stopped\n");

        (await Outcome.Of(Start())).Code.ShouldBe(0);
        ShouldEndLikeTheWholeRun();
    }

    [Fact]
    public async Task A_damaged_checkpoint_is_reported_and_the_one_before_it_is_taken()
    {
        await KillWhen(() => Directory.Exists(Checkpoint("train-teacher", 4)), 0);
        var weights = Path.Combine(Checkpoint("train-teacher", 4), "model.safetensors");
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..1000]);
        File.Delete(Path.Combine(Root, "state.json"));

        var outcome = await Outcome.Of(Start());

        outcome.Code.ShouldBe(0);
        outcome.Output.ShouldContain("step-000004: model.safetensors is not what was written; going back to the checkpoint before it");
        ShouldEndLikeTheWholeRun();
    }

    [Fact]
    public async Task A_finished_stage_that_was_cut_short_stops_the_run_and_loses_nothing()
    {
        await KillWhen(() => StepsOf("d2d") >= 2, 0);
        var weights = Path.Combine(Root, "models", "train-teacher", "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, bytes[..1000]);

        var outcome = await Outcome.Of(Start());

        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldHaveLines(1);
        outcome.Error.ShouldContain(weights);
        File.WriteAllBytes(weights, bytes);
        (await Outcome.Of(Start())).Code.ShouldBe(0);
        ShouldEndLikeTheWholeRun();
    }

    [Fact]
    public void Another_recipe_is_not_continued()
    {
        var other = TinyRecipe.Write(folder, "seed: 3", "seed: 4");
        var outcome = Cli.Run("train", other, "--out", whole.Root, "--resume");
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldHaveLines(1);
        outcome.Error.ShouldContain("holds a run of another recipe");
    }

    private Process Start() => Cli.Start(AppContext.BaseDirectory, "train", whole.Recipe, "--out", Root, "--resume");

    private string Checkpoint(string stage, int step) => Path.Combine(Root, "checkpoints", stage, $"step-{step:D6}");

    private async Task KillWhen(Func<bool> reached, int milliseconds)
    {
        using var process = Start();
        await Until(process, reached);
        await Task.Delay(milliseconds);
        process.Kill();
        await process.WaitForExitAsync();
    }

    private static async Task Until(Process process, Func<bool> reached)
    {
        var patience = Stopwatch.StartNew();
        while (!reached())
        {
            patience.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(5));
            process.HasExited.ShouldBeFalse();
            await Task.Delay(2);
        }
    }

    private int StepsOf(string stage)
    {
        var metrics = Path.Combine(Root, "metrics.jsonl");
        if (!File.Exists(metrics)) return 0;
        using var reader = new StreamReader(new FileStream(metrics, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split('\n').Count(line => line.StartsWith($"{{\"stage\":\"{stage}\"", StringComparison.Ordinal));
    }

    private void ShouldEndLikeTheWholeRun()
    {
        foreach (var stage in TinyRecipe.Stages) Hash(Root, stage).ShouldBe(Hash(whole.Root, stage), stage);
        Directory.EnumerateFileSystemEntries(Root, "*", SearchOption.AllDirectories).ShouldAllBe(path => !path.EndsWith(".tmp") && !path.EndsWith(".unfinished"));
        Metrics(Root).ShouldBe(Metrics(whole.Root));
        Scores(Root).ShouldBe(Scores(whole.Root));
        foreach (var file in TinyRecipe.Models.Select(model => Path.Combine("evaluation", $"{model}.json")).Append("samples.json").Append("manifest.json"))
            File.ReadAllText(Path.Combine(Root, file)).ShouldBe(File.ReadAllText(Path.Combine(whole.Root, file)), file);
    }

    private static string Hash(string root, string stage) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(root, "models", stage, "model.safetensors"))));

    private static string[] Metrics(string root) => [.. File.ReadLines(Path.Combine(root, "metrics.jsonl")).Select(line => Without(JsonNode.Parse(line)!, "seconds", "data_wait"))];

    private static string[] Scores(string root) =>
        [.. JsonNode.Parse(File.ReadAllText(Path.Combine(root, "summary.json")))!["models"]!.AsArray().Select(model => Without(model!, "train_seconds"))];

    private static string Without(JsonNode node, params string[] keys)
    {
        foreach (string key in keys) node.AsObject().Remove(key);
        return node.ToJsonString();
    }
}
