using System.Formats.Tar;
using System.Text;
using LlavaMod.Data.Images;
using LlavaMod.Data.World;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;
using LlavaMod.Tests.Data;

namespace LlavaMod.Tests.Stages;

/// <summary>A stage over WebDataset shards, of whose pictures one is broken.</summary>
[Collection(OneAtATime.Name)]
public sealed class ShardStageTests : IDisposable
{
    private const int Pictures = 12;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_broken_picture_is_left_out_named_and_counted_and_the_rest_is_trained_on()
    {
        WriteShards();
        var messages = new Messages();
        var recipe = Recipe(share: 0.1);
        using (var run = RunFolder.Create(folder["run"], recipe)) new Pipeline(recipe, run, messages).Execute(CancellationToken.None);
        var source = RunManifest.Read(folder["run/manifest.json"]).Stages.ShouldHaveSingleItem().Sources.ShouldHaveSingleItem();
        (source.Format, source.Rows).ShouldBe(("webdataset", Pictures));
        (source.Use!.Used, source.Use.Skipped).ShouldBe((12, 1)); // three steps of four samples go once through eleven good rows, and one further
        source.Use.FirstSkipped.ShouldHaveSingleItem().Reason.ShouldMatch(@"^b\.tar: row 2 \(id 007\): image 'b\.tar@\d+/007\.png' cannot be decoded: ");
        messages.Texts.Where(text => text.Contains("(id 007)")).ShouldHaveSingleItem().ShouldStartWith("data.shards: left out: b.tar: row 2 (id 007): ");
        messages.Texts.ShouldContain("s: 1 samples left out, a row in every pass that it comes up in; manifest.json counts them by dataset");
    }

    [Fact]
    public void Too_large_a_share_ends_the_run_with_counts_and_ids()
    {
        WriteShards();
        var recipe = Recipe(share: 0.01);
        using var run = RunFolder.Create(folder["run"], recipe);
        Should.Throw<UserError>(() => new Pipeline(recipe, run, new Messages()).Execute(CancellationToken.None)).Message
            .ShouldStartWith("b.tar: 1 of 12 rows met so far are broken, and max_error_share 0.01 allows 0: row 2 (id 007): ");
    }

    private void WriteShards()
    {
        var world = new ShapeWorld(seed: 4, imageSize: 56);
        var files = Enumerable.Range(0, Pictures).Select(i => ((string, byte[])[])
        [
            ($"{i:D3}.png", i == 7 ? "no picture"u8.ToArray() : PngEncoder.Encode(world.Render(world.Scene(WorldSplit.Train, i)))),
            ($"{i:D3}.txt", Encoding.UTF8.GetBytes(Caption.Of(world.Scene(WorldSplit.Train, i)))),
        ]).ToArray();
        Tars.Write(folder["a.tar"], TarEntryFormat.Pax, files[..6].SelectMany(sample => sample));
        Tars.Write(folder["b.tar"], TarEntryFormat.Gnu, files[6..].SelectMany(sample => sample));
    }

    private Recipe Recipe(double share) => new RecipeLoader(LibraryParts.All).Load(folder.Write("recipe.yaml", FormattableString.Invariant($$"""
        name: shards
        tokenizer: {train: [shards], vocab_size: 300}
        template: {name: qwen, system: ""}
        models:
          m:
            language: {hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 256, tie_word_embeddings: true}
            vision: {hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2, patch_size: 28, image_size: 56}
            connector: linear
        data:
          shards: {format: webdataset, path: "*.tar", max_error_share: {{share}}}
        stages:
          - {name: s, model: m, train: [connector], data: [shards], objectives: [{name: cross-entropy}], learning_rate: 1e-3, steps: 3, batch_size: 4}
        """)), []);

    private sealed class Messages : SilentObserver
    {
        public List<string> Texts { get; } = [];

        public override void Message(string text) => Texts.Add(text);
    }
}
