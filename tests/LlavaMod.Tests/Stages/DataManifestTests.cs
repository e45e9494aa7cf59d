using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;
using LlavaMod.Tokenization;
using LlavaMod.Tokenization.Templates;
using LlavaMod.Training;

namespace LlavaMod.Tests.Stages;

public sealed class DataManifestTests : IDisposable
{
    private static readonly Tokenizer Tokenizer = BpeTokenizer.Train(["a red circle left of a blue square"], 270, ["<|endoftext|>"]);
    private static readonly SampleEncoding Encoding = new(Tokenizer, new TemplateSpec { Options = new QwenTemplate.Options() }, null);
    private static readonly StageSpec Stage = new()
    {
        Name = "words", Model = "m", Train = [TrainablePart.Language], Data = [new SourceSpec { Name = "talk", Weight = 2, Limit = 5 }], Objectives = [], LearningRate = 1, BatchSize = 1,
    };

    private readonly TemporaryFolder folder = new();
    private readonly RunFolder run;

    public DataManifestTests() => run = RunFolder.Create(folder["run"], new Recipe { Name = "r", Models = new(), Data = new(), Stages = [] });

    private string Data => folder["talk.jsonl"];

    public void Dispose()
    {
        run.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_stage_is_written_with_what_fed_it_and_what_it_took()
    {
        Begin(Rows(7)).Complete(Stage, new Dictionary<string, SourceUse> { ["talk"] = new(8, 2, [new SkippedSample("talk", "id-3", "too long", Broken: false)]) });

        var stage = RunManifest.Read(run.Manifest).Stages.ShouldHaveSingleItem();
        (stage.Name, stage.Complete).ShouldBe(("words", true));
        var source = stage.Sources.ShouldHaveSingleItem();
        using var dataset = Open();
        (source.Format, source.Path, source.ContentHash, source.Rows, source.Limit, source.Weight).ShouldBe(("llava", Data, dataset.ContentHash, 7, 5, 2.0));
        (source.Use!.Used, source.Use.Skipped, source.Use.FirstSkipped[0].Id).ShouldBe((8, 2, "id-3"));
    }

    [Fact]
    public void A_stage_that_goes_on_keeps_its_place_and_one_that_comes_later_goes_behind()
    {
        Begin(Rows(7));
        var manifest = Begin(Rows(7));
        RunManifest.Read(run.Manifest).Stages.ShouldHaveSingleItem().Complete.ShouldBeFalse();
        manifest.Begin(Stage with { Name = "later" }, Sources());
        RunManifest.Read(run.Manifest).Stages.Select(stage => stage.Name).ShouldBe(["words", "later"]);
    }

    [Fact]
    public void Data_that_has_changed_since_the_run_began_is_refused()
    {
        Begin(Rows(7)).Complete(Stage, new Dictionary<string, SourceUse>());
        Should.Throw<UserError>(() => Begin(Rows(8))).Message.ShouldStartWith($"{run.Root}: the data of talk ({Data}) has changed since the run began (hash ");
    }

    [Fact]
    public void A_tokenizer_or_template_that_has_changed_is_refused()
    {
        Begin(Rows(7));
        var other = BpeTokenizer.Train(["a red circle left of a green square"], 270, ["<|endoftext|>"]);
        Should.Throw<UserError>(() => Manifest(new(other, Encoding.TemplateSpec, null))).Message.ShouldContain("the tokenizer has changed since the run began");
        var spec = new TemplateSpec { Options = new QwenTemplate.Options { System = "Else." } };
        Should.Throw<UserError>(() => Manifest(new(Tokenizer, spec, null))).Message.ShouldContain("the chat template has changed since the run began");
    }

    private DataManifest Manifest(SampleEncoding encoding) => new(
        new Recipe { Name = "r", Models = new(), Data = new(KeyValuePair.Create("talk", new DataSpec { Format = "llava", Options = new LlavaFormat.Options { Path = Data } })), Stages = [] }, run, encoding);

    private DataManifest Begin(string rows)
    {
        File.WriteAllText(Data, rows);
        var manifest = Manifest(Encoding);
        manifest.Begin(Stage, Sources());
        return manifest;
    }

    private StageSource[] Sources()
    {
        using var dataset = Open(); // its hash and count stay
        return [new StageSource(Stage.Data[0], dataset, seed: 1)];
    }

    private IDataset Open() => new LlavaFormat(new LlavaFormat.Options { Path = Data }).Open(_ => throw new InvalidOperationException("No image is needed."));

    private static string Rows(int count) => string.Concat(Enumerable.Range(0, count).Select(i =>
        $$"""{"id": "id-{{i}}", "conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}""" + "\n"));
}
