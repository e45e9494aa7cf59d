namespace LlavaMod.Cli.Tests.Runs;

/// <summary>What is wrong with a user's files is said in one line with exit code 1, and nothing of theirs is touched.</summary>
[Collection(TinyRunCollection.Name)]
public sealed class BadInputTests : IDisposable
{
    private const string Recipe = """
        name: files
        tokenizer: {train: [chats], vocab_size: 300}
        template: {name: qwen, system: ""}
        models:
          m:
            language: {hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 256}
            vision: {hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2, patch_size: 28, image_size: 56}
            connector: linear
        data:
          chats: {format: llava, path: world/train.json, images: world/images}
        stages:
          - {name: s, model: m, train: [connector], data: [chats], objectives: [{name: cross-entropy}], learning_rate: 1e-3, steps: 2, batch_size: 4}
        """;

    private readonly TinyRun run;
    private readonly string folder = Directory.CreateTempSubdirectory("llavamod-bad-").FullName;

    public BadInputTests(TinyRun run)
    {
        this.run = run;
        Cli.Run("world", "--out", In("world"), "--count", "4").Code.ShouldBe(0);
        File.WriteAllText(In("recipe.yaml"), Recipe);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Whole_files_train() => (await Train()).Code.ShouldBe(0);

    [Fact]
    public async Task An_unknown_key()
    {
        Edit("recipe.yaml", "learning_rate: 1e-3", "learning_rate: 1e-3, learning_rat: 1e-3");
        (await Refused()).ShouldContain("learning_rat: unknown key (value 1e-3); did you mean 'learning_rate'?");
    }

    [Fact]
    public async Task A_missing_image()
    {
        var image = Directory.GetFiles(In("world/images"), "train-*").Order(StringComparer.Ordinal).First();
        File.Delete(image);
        (await Refused()).ShouldContain(Path.GetFileName(image));
    }

    [Fact]
    public async Task Truncated_JSON()
    {
        Cut("world/train.json");
        (await Refused()).ShouldContain("train.json");
    }

    [Fact]
    public async Task A_corrupt_picture()
    {
        foreach (var image in Directory.GetFiles(In("world/images"), "train-*")) Cut(Path.GetRelativePath(folder, image));
        (await Refused()).ShouldContain(".png' cannot be decoded");
    }

    [Fact]
    public async Task A_model_of_another_vocabulary()
    {
        Edit("recipe.yaml", "models:\n", $"models:\n  teacher: {{path: {run.Model("train-teacher")}}}\n");
        (await Refused()).ShouldContain("have different vocabularies");
    }

    [Fact]
    public async Task Weights_cut_short()
    {
        CopyModel();
        Cut("model/model.safetensors");
        UseModel();
        (await Refused()).ShouldContain("model.safetensors");
    }

    [Fact]
    public async Task A_configuration_that_is_not_its_weights()
    {
        CopyModel();
        Edit("model/config.json", "\"hidden_size\": 32", "\"hidden_size\": 64");
        UseModel();
        (await Refused()).ShouldContain("does not fit its configuration");
    }

    private string In(string name) => Path.Combine(folder, name);

    private Task<Outcome> Train() => Cli.RunApart("train", In("recipe.yaml"), "--out", In("run"));

    // The message. Every file is then as it was, and the same command works once the fault is mended.
    private async Task<string> Refused()
    {
        var before = Files();
        var outcome = await Train();
        outcome.Code.ShouldBe(1, outcome.Error);
        outcome.Error.ShouldHaveLines(1);
        Files().ShouldBe(before);
        File.WriteAllText(In("recipe.yaml"), Recipe);
        Directory.Delete(In("world"), recursive: true);
        Cli.Run("world", "--out", In("world"), "--count", "4").Code.ShouldBe(0);
        (await Train()).Code.ShouldBe(0, "mended");
        return outcome.Error;
    }

    private Dictionary<string, long> Files() => Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .Where(path => !path.StartsWith(In("run"), StringComparison.Ordinal)).ToDictionary(path => path, path => new FileInfo(path).Length);

    private void Edit(string name, string old, string replacement)
    {
        var text = File.ReadAllText(In(name));
        text.ShouldContain(old);
        File.WriteAllText(In(name), text.Replace(old, replacement));
    }

    private void Cut(string name) => File.WriteAllBytes(In(name), File.ReadAllBytes(In(name)) is var bytes ? bytes[..(bytes.Length / 2)] : []);

    private void CopyModel()
    {
        Directory.CreateDirectory(In("model"));
        foreach (var file in Directory.GetFiles(run.Model("train-teacher"))) File.Copy(file, In($"model/{Path.GetFileName(file)}"));
    }

    // Trains on from the copied model, with its own tokenizer.
    private void UseModel()
    {
        Edit("recipe.yaml", "tokenizer: {train: [chats], vocab_size: 300}", "tokenizer: {path: model}");
        var text = File.ReadAllText(In("recipe.yaml"));
        var (start, end) = (text.IndexOf("  m:\n", StringComparison.Ordinal), text.IndexOf("data:\n", StringComparison.Ordinal));
        File.WriteAllText(In("recipe.yaml"), $"{text[..start]}  m: {{path: model}}\n{text[end..]}");
    }
}
