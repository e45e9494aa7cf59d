using LlavaMod.Cli.Results;
using LlavaMod.Runs;

namespace LlavaMod.Cli.Tests;

public sealed class QuickstartTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-quickstart-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_folder_that_holds_a_run_is_left_alone()
    {
        File.WriteAllText(Path.Combine(folder, "recipe.yaml"), "name: mine");
        File.WriteAllText(Path.Combine(folder, "metrics.jsonl"), "{}\n");
        Cli.Run("quickstart", "--out", folder).ShouldBe(
            new Outcome(1, "", $"llavamod: {folder} already holds a run; continue it with --resume, or give another folder with --out\n"));
        File.ReadAllText(Path.Combine(folder, "recipe.yaml")).ShouldBe("name: mine");
    }

    [Fact]
    public void The_four_directions_are_said_in_numbers()
    {
        var summary = new RunSummary(0, 300,
        [
            Model("teacher", accuracy: 0.9, chairS: 0.1), Model("student-d2d", 0.7, 0.5), Model("student-d2s", 0.75, 0.4),
            Model("student-preference", 0.74, 0.25), Model("student-sft", 0.7, 0.5),
        ], []);
        Directions.Of(summary).ShouldBe(
        [
            "teacher over student-sft: +20.0 points of accuracy (90.0 % against 70.0 %)",
            "student-d2s closes 25.0 % of that gap (+5.0 points over student-sft)",
            "preference: CHAIR s 40.0 % -> 25.0 % (-15.0 points)",
            "preference: accuracy 75.0 % -> 74.0 % (-1.0 points)",
        ]);
    }

    [Fact]
    public void What_was_not_measured_is_not_compared()
    {
        Directions.Of(new RunSummary(0, 1, [Model("teacher", 0.9, null), Model("student-d2s", null, null)], [])).ShouldBeEmpty();
        // No gap, no share of it.
        Directions.Of(new RunSummary(0, 1, [Model("teacher", 0.5, null), Model("student-sft", 0.5, null), Model("student-d2s", 0.6, null)], [])).ShouldHaveSingleItem();
    }

    private static ModelSummary Model(string name, double? accuracy, double? chairS) => new(name, 1000, 1000, accuracy, null, null, chairS, null, 10);
}
