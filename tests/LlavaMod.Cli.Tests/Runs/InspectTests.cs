using System.Text.RegularExpressions;

namespace LlavaMod.Cli.Tests.Runs;

[Collection(TinyRunCollection.Name)]
public sealed class InspectTests(TinyRun run) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-inspect-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_dense_model_becomes_sparse_and_keeps_everything_that_it_needs()
    {
        var outcome = Cli.Run("upcycle", run.Model("d2d"), "--out", Target, "--placement", "1", "--experts", "3", "--top-k", "1");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Output.ShouldContain("52.1 k parameters\n");
        outcome.Output.ShouldContain("55.2 k parameters, 52.1 k of them active; layer 1 of 2 with 3 experts, 1 for each token");
        Directory.GetFiles(Target).Select(Path.GetFileName).ShouldBe(Directory.GetFiles(run.Model("d2d")).Select(Path.GetFileName), ignoreOrder: true);

        var rows = Rows(Cli.Run("inspect", Target));
        rows["ffn"].ShouldBe(["1,536", "1,536", "float32", "6.0", "KiB"]);
        rows["experts"].ShouldBe(["4,608", "1,536", "float32", "18.0", "KiB"]);
        rows["routers"].ShouldBe(["48", "48", "float32", "0.2", "KiB"]);
        rows["all"][..2].ShouldBe(["55,184", "52,112"]);
    }

    [Fact]
    public void Parts_add_up_to_what_the_run_reports()
    {
        var rows = Rows(Cli.Run("inspect", run.Model("d2s")));
        rows.Keys.ShouldBe(["vision", "connector", "embeddings", "attention", "norms", "ffn", "experts", "routers", "all"]);
        rows.Where(row => row.Key != "all").Sum(row => Number(row.Value[0])).ShouldBe(Number(rows["all"][0]));
        var summary = File.ReadAllText(Path.Combine(run.Root, "summary.json"));
        summary.ShouldContain($"\"total_params\": {Number(rows["all"][0])}");
        summary.ShouldContain($"\"active_params\": {Number(rows["all"][1])}");
    }

    [Fact]
    public void A_run_shows_its_models_and_a_checkpoint_its_step()
    {
        var output = Cli.Run("inspect", run.Root).Output;
        foreach (var stage in TinyRecipe.Stages) output.ShouldContain($"\n{stage} ");
        output.ShouldContain("4 in 1 of 2 layers");
        Cli.Run("inspect", Path.Combine(run.Root, "checkpoints", "d2s", "step-000004")).Output.ShouldStartWith("a checkpoint of step 4\n");
    }

    [Fact]
    public void A_sparse_model_is_not_made_sparse_again()
    {
        var outcome = Cli.Run("upcycle", run.Model("d2s"), "--out", Target);
        outcome.ShouldBe(new Outcome(1, "", "llavamod: upcycle: the model is sparse already, with 4 experts in 1 layers\n"));
        Directory.Exists(Target).ShouldBeFalse();
    }

    [Theory]
    [InlineData("--placement third", "--placement is 'third'")]
    [InlineData("--placement 0,7", "layer 7")]
    [InlineData("--experts 1", "num_experts 1")]
    [InlineData("--experts 2 --top-k 3", "top_k 3")]
    public void Settings_that_do_not_fit_are_refused(string options, string message)
    {
        var outcome = Cli.Run(["upcycle", run.Model("d2d"), "--out", Target, .. options.Split(' ')]);
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldHaveLines(1);
        outcome.Error.ShouldContain(message);
    }

    [Fact]
    public void A_folder_in_use_is_left_alone()
    {
        File.WriteAllText(Path.Combine(folder, "mine.txt"), "mine");
        Cli.Run("upcycle", run.Model("d2d"), "--out", folder).Code.ShouldBe(1);
        Directory.GetFileSystemEntries(folder).ShouldBe([Path.Combine(folder, "mine.txt")]);
    }

    [Fact]
    public void What_is_no_model_is_said_to_be_none()
    {
        Cli.Run("inspect", Target).ShouldBe(new Outcome(1, "", $"llavamod: {Target}: no such file or folder\n"));
        Cli.Run("inspect", folder).Error.ShouldContain("no such file; a model folder holds config.json");
    }

    private string Target => Path.Combine(folder, "sparse");

    private static long Number(string text) => long.Parse(text.Replace(",", ""));

    private static Dictionary<string, string[]> Rows(Outcome outcome)
    {
        outcome.Code.ShouldBe(0, outcome.Error);
        return outcome.Output[outcome.Output.IndexOf("\n──", StringComparison.Ordinal)..].Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(line => Regex.Split(line.Trim(), " +")).ToDictionary(cells => cells[0], cells => cells[1..]);
    }
}
