using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;
using LlavaMod.Training;

namespace LlavaMod.Tests.Stages;

[Collection(OneAtATime.Name)]
public sealed class RunFeaturesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private Recipe Load(string stages, double gigabytes = 16) => new RecipeLoader(LibraryParts.All).Load(folder.Write("recipe.yaml", FormattableString.Invariant($$"""
        name: features
        tokenizer: {train: [words], vocab_size: 300}
        template: {name: qwen, system: ""}
        image: {features_on_disk: {{gigabytes}}}
        models:
          m:
            language: {hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 256, tie_word_embeddings: true}
            vision: {hidden_size: 32, intermediate_size: 192, num_hidden_layers: 61, num_attention_heads: 2, patch_size: 14, image_size: 28, hidden_act: gelu}
            connector: linear
        data:
          words: {format: world, count: 12, seed: 1, content: text}
          scenes: {format: world, count: 10, seed: 2, content: captions}
          others: {format: world, count: 10, seed: 3, content: captions}
        stages:
        """) + string.Concat(stages.Split(';').Select(stage =>
            $"\n  - {{{stage}, model: m, objectives: [{{name: cross-entropy}}], learning_rate: 1e-3, batch_size: 2}}"))), []);

    [Theory]
    [InlineData("name: a, train: [connector], data: [scenes], steps: 5", false)]
    [InlineData("name: a, train: [connector], data: [scenes], steps: 6", true)]
    [InlineData("name: a, train: [connector], data: [scenes], steps: 1;name: b, train: [language], data: [scenes, others], steps: 1", true)]
    [InlineData("name: a, train: [connector], data: [scenes], steps: 1;name: b, train: [connector], data: [others], steps: 1", false)]
    [InlineData("name: a, train: [connector], data: [scenes], steps: 1;name: b, train: [vision, connector], data: [scenes], steps: 1", false)]
    [InlineData("name: a, train: [vision, connector], data: [scenes], steps: 1;name: b, train: [connector], data: [scenes], steps: 1", false)]
    public void Pictures_come_again_in_another_pass_or_in_a_later_stage_through_the_same_tower(string stages, bool again)
    {
        var recipe = Load(stages);
        new FrozenTowers(recipe).SeeAgain(recipe.Stages[0], count: 10).ShouldBe(again);
    }

    [Fact]
    public void A_run_with_features_on_disk_ends_bit_for_bit_like_one_without_and_leaves_none_behind()
    {
        const string Stages = "name: a, train: [connector], data: [scenes], steps: 5;name: b, train: [connector], data: [scenes], steps: 5";
        var (with, without) = (Run("with", Load(Stages)), Run("without", Load(Stages, gigabytes: 0)));
        File.ReadAllBytes(folder["with/models/b/model.safetensors"]).ShouldBe(File.ReadAllBytes(folder["without/models/b/model.safetensors"]));
        with.ShouldContain("a: vision features in features: 10 written, 0 read");
        without.ShouldNotContain(text => text.Contains("vision features"));
        Directory.Exists(folder["with/features"]).ShouldBeFalse();
    }

    [Fact]
    public void A_run_that_goes_on_reads_what_the_first_session_has_written()
    {
        var recipe = Load("name: a, train: [connector], data: [scenes], steps: 10");
        using (var run = RunFolder.Create(folder["run"], recipe))
        {
            var stopped = new Messages { StopAfter = 5 };
            Should.Throw<OperationCanceledException>(() => new Pipeline(recipe, run, stopped).Execute(stopped.Token));
        }
        using var resumed = RunFolder.Resume(folder["run"], recipe);
        var messages = new Messages();
        new Pipeline(recipe, resumed, messages).Execute(CancellationToken.None);
        messages.Texts.ShouldContain("a: vision features in features: 0 written, 10 read");
    }

    private List<string> Run(string name, Recipe recipe)
    {
        using var run = RunFolder.Create(folder[name], recipe);
        var messages = new Messages();
        new Pipeline(recipe, run, messages).Execute(CancellationToken.None);
        return messages.Texts;
    }

    private sealed class Messages : SilentObserver
    {
        private readonly CancellationTokenSource source = new();

        public List<string> Texts { get; } = [];

        public int? StopAfter { get; init; }

        public CancellationToken Token => source.Token;

        public override void Step(StepResult result, double seconds)
        {
            if (result.Step == StopAfter) source.Cancel();
        }

        public override void Message(string text) => Texts.Add(text);
    }
}
