using System.Text.Json.Nodes;

namespace LlavaMod.Cli.Tests.Runs;

[Collection(TinyRunCollection.Name)]
public sealed class ExportTests(TinyRun run) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-export-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Target => Path.Combine(folder, "exported");

    private Outcome Export(string stage, params string[] options) => Cli.Run(["export", run.Model(stage), "--out", Target, .. options]);

    private string[] Files => [.. Directory.GetFiles(Target).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Fact]
    public void A_runs_model_goes_to_transformers_with_everything_beside_it()
    {
        var outcome = Export("train-teacher", "--to", "hf-llava");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Output.ShouldStartWith($"{Target}: hf-llava, ");
        outcome.Output.ShouldContain(" parameters in fp32, model.safetensors\n");
        outcome.Output.ShouldContain("rows were added");
        Files.ShouldBe(
        [
            "README.md", "added_tokens.json", "chat_template.json", "config.json", "generation_config.json", "llavamod.json", "merges.txt", "model.safetensors",
            "preprocessor_config.json", "processor_config.json", "tokenizer_config.json", "vocab.json",
        ]);
        Cli.Run("inspect", Target).Code.ShouldBe(0);
    }

    [Fact]
    public void The_card_holds_recipe_and_results()
    {
        Export("train-teacher", "--to", "hf-llava").Code.ShouldBe(0);
        string card = File.ReadAllText(Path.Combine(Target, "README.md"));
        card.ShouldContain(File.ReadAllText(Path.Combine(run.Root, "recipe.yaml")).TrimEnd());
        foreach (var model in JsonNode.Parse(File.ReadAllText(Path.Combine(run.Root, "summary.json")))!["models"]!.AsArray())
            card.ShouldContain($"| {model!["name"]} | {model["total_params"]} |");
    }

    [Fact]
    public void The_card_says_which_data_fed_the_run()
    {
        Export("train-teacher", "--to", "hf-llava").Code.ShouldBe(0);
        string card = File.ReadAllText(Path.Combine(Target, "README.md"));
        foreach (var stage in JsonNode.Parse(File.ReadAllText(Path.Combine(run.Root, "manifest.json")))!["stages"]!.AsArray())
        {
            foreach (var source in stage!["sources"]!.AsArray())
                card.ShouldMatch($@"\| {stage["name"]} \| {source!["name"]} \| {source["format"]} \| .*\| {source["content_hash"]} \|");
        }
    }

    [Fact]
    public void A_sparse_model_goes_to_LLaVA_MoD_in_shards()
    {
        var outcome = Export("d2s", "--to", "llava-mod", "--max-shard-size", "50KB", "--dtype", "bf16");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Output.ShouldMatch(@"parameters in bf16, \d+ shards\n");
        Files.ShouldContain("model.safetensors.index.json");
        File.ReadAllText(Path.Combine(Target, "model.safetensors.index.json")).ShouldContain("deepspeed_moe.experts.deepspeed_experts.3.up_proj.weight");
        var inspected = Cli.Run("inspect", Target);
        inspected.Code.ShouldBe(0, inspected.Error);
        inspected.Output.ShouldContain("experts");
    }

    [Theory]
    [InlineData("d2s", "--to hf-llava", "experts")]
    [InlineData("d2d", "--to hf-llava", "mlp2x_gelu")]
    [InlineData("d2d", "--to hf-lava", "hf-llava")]
    [InlineData("d2d", "--to llava-mod --dtype int8", "--dtype is 'int8'")]
    [InlineData("d2d", "--to llava-mod --max-shard-size big", "--max-shard-size is 'big'")]
    [InlineData("d2d", "--to llava-mod --max-shard-size 0", "--max-shard-size is '0'")]
    public void What_cannot_be_exported_is_refused_in_a_line(string stage, string options, string message)
    {
        var outcome = Export(stage, options.Split(' '));
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldHaveLines(1);
        outcome.Error.ShouldContain(message);
        Directory.Exists(Target).ShouldBeFalse();
    }

    [Fact]
    public void A_folder_in_use_is_left_alone()
    {
        File.WriteAllText(Path.Combine(folder, "mine.txt"), "mine");
        Cli.Run("export", run.Model("train-teacher"), "--to", "hf-llava", "--out", folder).Code.ShouldBe(1);
        Directory.GetFileSystemEntries(folder).ShouldBe([Path.Combine(folder, "mine.txt")]);
    }
}
