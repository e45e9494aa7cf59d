using System.Text.Json;

namespace LlavaMod.Cli.Tests.Runs;

/// <summary>llavamod cache, and training from what it makes.</summary>
[Collection(TinyRunCollection.Name)]
public sealed class CacheTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-cache-").FullName;
    private readonly TinyRun run;
    private readonly string teacher;

    public CacheTests(TinyRun run)
    {
        (this.run, teacher) = (run, run.Model("train-teacher"));
        File.WriteAllText(In("recipe.yaml"), $$"""
            name: cached
            seed: 3
            tokenizer: {path: {{teacher}}}
            template: {name: qwen, system: ""}
            models:
              teacher: {path: {{teacher}}}
              student:
                language: {hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2, num_key_value_heads: 1, max_position_embeddings: 256, tie_word_embeddings: true}
                vision: {from: teacher}
                connector: linear
            data:
              scenes: {format: world, count: 11, seed: 2, content: mixed}
            stages:
              - {name: d2d, model: student, teacher: teacher, teacher_cache: {{In("cache")}}, train: [connector, language], data: [scenes], objectives: [{name: forward-kl}, {name: cross-entropy, weight: 0.1, scope: {response: 1, prompt: 0.5} }], learning_rate: 3e-3, steps: 12, batch_size: 4, micro_batch_size: 2, max_length: 256, packing: true}
            """);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void With_every_word_kept_a_stage_trains_as_it_does_with_the_teacher_itself()
    {
        Cache("--top", "300").Output.ShouldContain("bytes a token");
        double[] cached = Losses("cached"), online = Losses("online", "--set", "stages.d2d.teacher_cache=null");
        online[^1].ShouldBeLessThan(0.98 * online[0]);
        for (int i = 0; i < online.Length; i++) cached[i].ShouldBe(online[i], 2e-4 * online[i], $"step {i + 1}");
    }

    [Fact]
    public void With_drawn_words_it_trains_to_about_the_same_loss()
    {
        Cache();
        double[] cached = Losses("cached"), online = Losses("online", "--set", "stages.d2d.teacher_cache=null");
        cached[^3..].Average().ShouldBe(online[^3..].Average(), 0.05 * online[0]);
    }

    [Fact]
    public void A_file_of_ones_own_is_cached_in_its_own_words()
    {
        Cli.Run("world", "--out", In("world"), "--count", "6").Code.ShouldBe(0);
        string[] command = ["cache", teacher, "--data", In("world/train.json"), "--images", In("world/images"), "--max-length", "256", "--out", In("cache"), "--tail", "ghost"];
        Cli.Run(command).ShouldBeFine().Output.ShouldContain("samples, ");
        var manifest = JsonElement.Parse(File.ReadAllText(In("cache/manifest.json")));
        manifest.GetProperty("complete").GetBoolean().ShouldBeTrue();
        manifest.GetProperty("settings").GetProperty("tail").GetString().ShouldBe("ghost");
        manifest.GetProperty("bytes").GetInt64().ShouldBe(Directory.GetFiles(In("cache"), "*.bin").Sum(file => new FileInfo(file).Length));
    }

    [Fact]
    public void Stopped_it_keeps_what_is_done_and_goes_on_to_the_same_bytes()
    {
        Cache();
        var whole = Files();
        byte[] shard = File.ReadAllBytes(In("cache/shard-00000.bin"));
        File.WriteAllBytes(In("cache/shard-00000.bin"), shard[..(2 * shard.Length / 3)]);
        var error = new StringWriter();
        CommandLine.Run(Command, new Terminal(Terminal.Plain(TextWriter.Null), error, new CancellationToken(true))).ShouldBe(130);
        error.ToString().ShouldBe($"llavamod: what is done is in {In("cache")}; the same command goes on\nllavamod: stopped\n");
        Train("stopped").ShouldContain("the cache is not complete");
        Cache();
        Files().ShouldBe(whole);
        Cache();
        Files().ShouldBe(whole);
    }

    [Theory]
    [InlineData("max_length 256, here it is 128", "stages.d2d.max_length=128")]
    [InlineData("template ", "template.system=Be brief.")]
    [InlineData("the cache has no sample ", "data.scenes.seed=4")]
    [InlineData("pictures ", "image.pad_to_square=false")]
    public void A_cache_of_something_else_is_refused(string message, string setting)
    {
        Cache();
        Train("refused", "--set", setting).ShouldContain(message);
    }

    [Fact]
    public void A_cache_of_another_teacher_is_refused()
    {
        Cache();
        Train("refused", "--set", $"models.teacher.path={run.Model("d2d")}").ShouldContain("the cache was made with teacher ");
        Cli.Run("cache", run.Model("d2d"), "--recipe", In("recipe.yaml"), "--stage", "d2d", "--out", In("cache")).ShouldBeRefused("the cache was made with teacher ");
    }

    [Fact]
    public void A_damaged_byte_is_refused()
    {
        Cache();
        byte[] bytes = File.ReadAllBytes(In("cache/shard-00000.bin"));
        for (int i = 40; i < bytes.Length; i += 50) bytes[i] ^= 4;
        File.WriteAllBytes(In("cache/shard-00000.bin"), bytes);
        Train("refused").ShouldContain("shard-00000.bin: damaged: the record at byte ");
    }

    [Fact]
    public void A_stage_says_before_it_begins_that_there_is_no_cache() => Train("refused").ShouldContain("no such file: there is no teacher cache in ");

    [Theory]
    [InlineData("stages.d2d.objectives=[{name: reverse-kl}]", "'reverse-kl' cannot learn from a teacher cache: ")]
    [InlineData("stages.d2d.objectives=[{name: jsd}]", "'jsd' cannot learn from a teacher cache: ")]
    [InlineData("stages.d2d.objectives=[{name: forward-kl, temperature: 2}]", "'forward-kl' cannot learn from a teacher cache: its temperature is 2, ")]
    [InlineData("stages.d2d.objectives=[{name: forward-kl, reference: true}]", "'forward-kl' cannot learn from a teacher cache: ")]
    [InlineData("stages.d2d.objectives=[{name: forward-kl, scope: {all: 1}}]", "'forward-kl' cannot learn from a teacher cache: ")]
    public void An_objective_that_cannot_use_a_cache_says_why(string setting, string message) => Train("refused", "--set", setting).ShouldContain(message);

    [Theory]
    [InlineData("give --data PATH, or --recipe FILE and --stage NAME")]
    [InlineData("--top is 0", "--data", "x.json", "--top", "0")]
    [InlineData("--tail has no 'gost'; did you mean 'ghost'?", "--data", "x.json", "--tail", "gost")]
    [InlineData("--stage and --set belong to --recipe FILE", "--data", "x.json", "--stage", "d2d")]
    [InlineData("--max-length is 2", "--data", "x.json", "--max-length", "2")]
    [InlineData("--rows is 7", "--data", "x.json", "--rows", "7")]
    public void What_cannot_be_asked_for_is_said(string message, params string[] options) =>
        Cli.Run(["cache", teacher, "--out", In("cache"), .. options]).ShouldBeRefused(message);

    private string[] Command => ["cache", teacher, "--recipe", In("recipe.yaml"), "--stage", "d2d", "--out", In("cache")];

    private Outcome Cache(params string[] options) => Cli.Run([.. Command, .. options]).ShouldBeFine();

    private Dictionary<string, string> Files() =>
        Directory.GetFiles(In("cache")).ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexString(File.ReadAllBytes(file)));

    private double[] Losses(string name, params string[] options)
    {
        Cli.Run(["train", In("recipe.yaml"), "--out", In(name), .. options]).ShouldBeFine();
        return [.. File.ReadLines(In($"{name}/metrics.jsonl")).Select(line => JsonElement.Parse(line).GetProperty("loss").GetDouble())];
    }

    // The one line that it is refused with.
    private string Train(string name, params string[] options) => Cli.Run(["train", In("recipe.yaml"), "--out", In(name), .. options]).ShouldBeRefused("").Error;

    private string In(string name) => Path.Combine(folder, name);
}

/// <summary>What a command came to, in words.</summary>
file static class CacheAssertions
{
    public static Outcome ShouldBeFine(this Outcome outcome)
    {
        outcome.Code.ShouldBe(0, outcome.Error);
        return outcome;
    }

    public static Outcome ShouldBeRefused(this Outcome outcome, string message)
    {
        outcome.Code.ShouldBe(1, outcome.Error);
        outcome.Error.ShouldContain(message);
        outcome.Error.ShouldHaveLines(1);
        return outcome;
    }
}
