using System.Globalization;
using System.Text.RegularExpressions;

namespace LlavaMod.Cli.Tests.Runs;

[Collection(TinyRunCollection.Name)]
public sealed class PlanTests(TinyRun run) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-plan-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_plan_foresees_parameters_steps_and_tokens_and_writes_nothing()
    {
        var before = Directory.GetFileSystemEntries(Environment.CurrentDirectory);
        var outcome = Cli.Run("plan", run.Recipe);
        outcome.Code.ShouldBe(0, outcome.Error);
        Directory.GetFileSystemEntries(Environment.CurrentDirectory).ShouldBe(before);

        var summary = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(run.Root, "summary.json")))!;
        var rows = outcome.Output.Split('\n').Select(line => Regex.Split(line.Replace(" k", "k").Trim(), " +")).ToArray();
        foreach (var stage in summary["stages"]!.AsArray())
        {
            var planned = rows.First(row => row[0] == (string?)stage!["name"]);
            planned[4].ShouldBe($"{(int)stage!["steps"]!}");
            double tokens = double.Parse(planned[6], NumberStyles.AllowThousands, CultureInfo.InvariantCulture), real = (double)stage["tokens"]!;
            tokens.ShouldBeInRange(0.8 * real, 1.25 * real, planned[0]); // some samples are looked at, all are trained on
        }
        rows.First(row => row[0] == "d2s")[1..4].ShouldBe(["56.7k", "53.7k", "8,016"]);
        outcome.Output.ShouldContain("of matrix products at the rate");
    }

    [Fact]
    public void The_quickstart_can_be_planned()
    {
        var outcome = Cli.Run("plan", ShippedRecipes.PathOf("toy/quickstart"));
        outcome.Code.ShouldBe(0, outcome.Error);
        foreach (var stage in (string[])["init", "d2d", "d2s", "preference"]) outcome.Output.ShouldContain($"\n{stage} ");
    }

    [Fact]
    public void A_setting_changes_the_plan() =>
        Cli.Run("plan", run.Recipe, "--set", "stages.d2d.steps=777").Output.ShouldContain(" 777 ");

    [Fact]
    public void Where_memory_is_short_it_says_what_to_change()
    {
        Cli.Run("plan", run.Recipe, "--memory", "1TiB").Output.ShouldNotContain("needs");
        var outcome = Cli.Run("plan", run.Recipe, "--memory", "1MiB");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Output.ShouldContain("d2s needs ");
        outcome.Output.ShouldContain("and there are 1.0 MiB");
        outcome.Output.ShouldContain("--set stages.d2s.micro_batch_size=1");
        outcome.Output.ShouldContain("take smaller models, or a machine with more memory");
    }

    [Fact]
    public void What_training_would_refuse_is_refused_before()
    {
        var recipe = TinyRecipe.Write(folder, "upcycle: {num_experts: 4, top_k: 2}", "upcycle: {num_experts: 4, top_k: 2, placement: [5]}");
        var outcome = Cli.Run("plan", recipe);
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldHaveLines(1);
        outcome.Error.ShouldContain("layer 5");
    }
}
