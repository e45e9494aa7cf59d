using System.Text.Json;
using LlavaMod.Checkpoints;
using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Models;
using LlavaMod.Stages;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Cli.Tests.Runs;

/// <summary>inspect, convert and diff over checkpoints of others.</summary>
[Collection(TinyRunCollection.Name)]
public sealed class CheckpointVerbTests(TinyRun run) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-checkpoints-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string this[string name] => Path.Combine(folder, name);

    // The teacher as transformers would store it, with the files beside it, and its connector alone.
    private string HfLlava()
    {
        using var model = ModelFolder.Load(run.Model("train-teacher"));
        var layout = new HfLlavaLayout();
        Directory.CreateDirectory(this["hf"]);
        Write(this["hf/model.safetensors"], model.AllParameters, layout.ToTheirs);
        File.WriteAllText(this["hf/config.json"], layout.Write(model.Config, "float32").ToJsonString());
        foreach (var name in EncodingFiles.Names.Where(name => File.Exists(Path.Combine(run.Model("train-teacher"), name))))
            File.Copy(Path.Combine(run.Model("train-teacher"), name), this[$"hf/{name}"]);
        Write(this["mm_projector.safetensors"], model.AllParameters.Where(parameter => parameter.Part == ModelPart.Connector), name => name["model.".Length..]);
        return this["hf"];
    }

    private static void Write(string path, IEnumerable<Parameter> parameters, Func<string, string> rename) =>
        SafetensorsWriter.Write(path, [.. parameters.Select(parameter => KeyValuePair.Create(rename(parameter.Name), parameter.Value))]);

    [Fact]
    public void A_checkpoint_of_transformers_becomes_a_folder_of_ours_that_is_equal_and_answers()
    {
        var outcome = Cli.Run("convert", HfLlava(), this["ours"]);
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Output.ShouldContain("layout hf-llava\n");
        File.ReadAllBytes(this["ours/model.safetensors"]).ShouldBe(File.ReadAllBytes(Path.Combine(run.Model("train-teacher"), "model.safetensors")));
        File.ReadAllBytes(this["ours/vocab.json"]).ShouldBe(File.ReadAllBytes(this["hf/vocab.json"]));
        var evaluated = Cli.Run("evaluate", this["ours"], "--set", "count=2", "--out", this["evaluation"]);
        evaluated.Code.ShouldBe(0, evaluated.Error);

        var diff = Cli.Run("diff", this["hf"], this["ours"]);
        diff.Code.ShouldBe(0, diff.Error);
        diff.Output.ShouldContain("attention");
        diff.Output.ShouldNotContain("farthest");
        diff.Output.ShouldNotContain("only in");
    }

    [Fact]
    public void Half_the_bits_are_a_small_distance_away()
    {
        Cli.Run("convert", HfLlava(), this["half"], "--dtype", "bf16").Code.ShouldBe(0);
        Cli.Run("inspect", this["half"]).Output.ShouldContain("bfloat16");
        var diff = Cli.Run("diff", this["hf"], this["half"]);
        diff.Output.ShouldContain("farthest tensors");
        using var json = JsonDocument.Parse(Cli.Run("diff", this["hf"], this["half"], "--json").Output);
        foreach (var tensor in json.RootElement.GetProperty("tensors").EnumerateArray())
        {
            tensor.GetProperty("relative_l2").GetDouble().ShouldBeLessThan(0.005);
            tensor.GetProperty("cosine").GetDouble().ShouldBeGreaterThan(0.9999);
        }
        json.RootElement.GetProperty("parts").EnumerateArray().First(part => part.GetProperty("part").GetString() == "norms").GetProperty("relative_l2").GetDouble().ShouldBe(0);
    }

    [Fact]
    public void The_weights_say_their_type_not_the_configuration()
    {
        Cli.Run("convert", HfLlava(), this["half"], "--dtype", "bf16").Code.ShouldBe(0);
        Rename(this["hf/config.json"], "float32", "bfloat16");
        Rename(this["half/config.json"], "bfloat16", "float32");
        Cli.Run("convert", this["hf"], this["whole-again"]).Output.ShouldContain("parameters in float32");
        Cli.Run("convert", this["half"], this["half-again"]).Output.ShouldContain("parameters in bfloat16");
        File.ReadAllBytes(this["whole-again/model.safetensors"]).ShouldBe(File.ReadAllBytes(Path.Combine(run.Model("train-teacher"), "model.safetensors")));
        File.ReadAllBytes(this["half-again/model.safetensors"]).ShouldBe(File.ReadAllBytes(this["half/model.safetensors"]));

        static void Rename(string file, string from, string to) => File.WriteAllText(file, File.ReadAllText(file).Replace(from, to));
    }

    [Fact]
    public void What_only_one_of_two_has_is_listed()
    {
        var diff = Cli.Run("diff", run.Model("d2d"), run.Model("d2s"));
        diff.Code.ShouldBe(0, diff.Error);
        diff.Output.ShouldContain("only in A: 3\n  model.layers.0.mlp.");
        diff.Output.ShouldContain("only in B: 13\n");
        diff.Output.ShouldContain("and 3 more (--all shows them)");
        Cli.Run("diff", run.Model("d2d"), run.Model("d2s"), "--all").Output.ShouldNotContain("more (--all");
        Cli.Run("diff", run.Model("d2d"), run.Model("train-teacher"), "--all").Output.ShouldContain("model.norm.weight is [16] and [32]");
    }

    [Fact]
    public void Any_layout_is_inspected_a_folder_or_a_file()
    {
        var whole = Cli.Run("inspect", HfLlava());
        whole.Output.ShouldContain("layout     hf-llava: ");
        whole.Output.ShouldContain("connector  mlp2x_gelu, 4 tokens an image");
        whole.Output.ShouldContain("language   qwen2, 2 layers of width 32");
        var connector = Cli.Run("inspect", this["mm_projector.safetensors"]);
        connector.Output.ShouldStartWith("layout     connector: ");
        connector.Output.ShouldContain("connector");
        connector.Output.ShouldNotContain("language");
    }

    [Fact]
    public void A_llava_without_its_tower_is_inspected_and_says_what_is_absent()
    {
        using (var model = ModelFolder.Load(run.Model("train-teacher")))
        {
            Directory.CreateDirectory(this["llava"]);
            Write(this["llava/model.safetensors"], model.AllParameters.Where(parameter => parameter.Part != ModelPart.Vision), name => name);
            var json = new LlavaLayout().Write(model.Config, "float32");
            json.Remove("vision_config");
            json["mm_vision_tower"] = "openai/clip";
            File.WriteAllText(this["llava/config.json"], json.ToJsonString());
        }
        Cli.Run("inspect", this["llava"]).Output.ShouldContain("vision     openai/clip, which is neither in the checkpoint nor on this disk");
        var refused = Cli.Run("convert", this["llava"], this["ours"]);
        refused.Code.ShouldBe(1);
        refused.Error.ShouldHaveLines(1);
        refused.Error.ShouldContain("download its folder to");
        Directory.Exists(this["ours"]).ShouldBeFalse();
    }

    [Fact]
    public void A_part_of_a_model_is_not_converted()
    {
        HfLlava();
        Cli.Run("convert", this["mm_projector.safetensors"], this["ours"]).Error.ShouldContain("no such folder");
        Cli.Run("convert", folder, this["ours"]).Error.ShouldContain("no such file; a model folder holds config.json");
        Cli.Run("convert", this["hf"], this["ours"], "--dtype", "f16").Code.ShouldBe(1);
        Cli.Run("convert", this["hf"], folder).Error.ShouldContain("exists already");
    }

    [Fact]
    public void Every_command_of_the_document_runs()
    {
        HfLlava();
        foreach (var command in DocumentedCommandTests.CommandsOf("docs/checkpoints.md"))
        {
            var words = command.Split(' ').Select(Here).ToArray();
            var outcome = Cli.Run(words);
            outcome.Code.ShouldBe(0, $"{command}: {outcome.Error}");
        }

        // What the document's reader downloaded and trained, at our size.
        string Here(string word) => word.Replace("runs/quickstart", run.Root).Replace("exported/", this["exported/"]).Replace("downloads/llava-1.5-7b-hf", this["hf"])
            .Replace("downloads/mm_projector.bin", this["mm_projector.safetensors"]).Replace("models/llava", word.StartsWith("models/", StringComparison.Ordinal) ? this["llava"] : "models/llava");
    }
}
