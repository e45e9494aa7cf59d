using LlavaMod.Torch.Optim;
using LlavaMod.Recipes;

namespace LlavaMod.Tests.Recipes;

public class RecipeLoaderTests : RecipeFixture
{
    [Fact]
    public void Every_key_of_a_recipe_is_read()
    {
        var recipe = Load(Small);
        recipe.Name.ShouldBe("small");
        recipe.Tokenizer!.Train.ShouldBe(["scenes"]);
        recipe.Models["teacher"].Language!.Config.ShouldBe(new TestParts.Qwen2.Options { HiddenSize = 32 });
        recipe.Models["student"].Connector!.Name.ShouldBe("linear");
        recipe.Data["scenes"].Options.ShouldBe(new TestParts.Scenes.Options { Count = 20 });
        recipe.Data["pairs"].YieldsPairs.ShouldBeTrue();
        var d2d = recipe.Stage("d2d");
        d2d.LearningRate.ShouldBe(1e-3);
        d2d.MicroBatchSize.ShouldBe(4);
        d2d.Train.ShouldBe([TrainablePart.Connector, TrainablePart.Language]);
        d2d.Objectives.ShouldHaveSingleItem().Options.ShouldBe(new TestParts.ForwardKl.Options { Temperature = 2 });
        recipe.Stage("d2s").Upcycle!.Placement.Layers.ShouldBe([0, 2]);
        recipe.Stage("preference").ReportAs.ShouldBe("student-preference");
    }

    [Fact]
    public void A_stages_source_is_a_name_or_says_how_much_of_it()
    {
        Load(Small).Stage("d2d").Data.ShouldBe([new SourceSpec { Name = "scenes" }]);
        var mixed = Load(Small.Replace("  pairs:", "  words: {format: scenes}\n  pairs:"), "stages.d2d.data=[words, {name: scenes, weight: 0.5, limit: 10}]");
        mixed.Stage("d2d").Data.ShouldBe([new SourceSpec { Name = "words" }, new SourceSpec { Name = "scenes", Weight = 0.5, Limit = 10 }]);
        Load(mixed.ToYaml(), "stages.d2d.data.scenes.weight=2").Stage("d2d").Data[1].Weight.ShouldBe(2);
    }

    [Fact]
    public void What_is_left_out_takes_the_papers_defaults()
    {
        var stage = Load(Small).Stage("d2s");
        stage.Schedule.ShouldBe(ScheduleKind.Cosine);
        stage.WarmupRatio.ShouldBe(0.03);
        stage.WeightDecay.ShouldBe(0);
        stage.Betas.ShouldBe([0.9, 0.98]);
        stage.MaxLength.ShouldBe(2048);
        stage.Clip.ShouldBe(1.0);
        stage.MicroBatchSize.ShouldBe(8);
        stage.Upcycle!.NumExperts.ShouldBe(4);
        stage.Upcycle.TopK.ShouldBe(2);
        stage.Upcycle.CapacityFactor.ShouldBeNull();
    }

    [Fact]
    public void References_are_resolved_to_the_latest_earlier_stage()
    {
        var recipe = Load(Small);
        recipe.Stage("teach").Start.ShouldBe("teacher");
        recipe.Stage("d2d").Start.ShouldBe("student");
        recipe.Stage("d2s").Start.ShouldBe("d2d");
        recipe.Stage("preference").Start.ShouldBe("d2s");
        recipe.Stage("d2d").Teacher.ShouldBe("teach");
        recipe.Models["student"].Vision!.From.ShouldBe("teach");
    }

    [Fact]
    public void The_printed_recipe_loads_to_an_equal_one()
    {
        var recipe = Load(Small, "name=yes", "template.system=\"a: 'b' # \\\"c\\\"\\n  2\"", "stages.d2d.clip=null", "stages.d2d.epsilon=1e-12");
        var yaml = recipe.ToYaml();
        var again = Load(yaml);
        again.ShouldBe(recipe);
        again.ToYaml().ShouldBe(yaml);
        again.Stage("d2d").Clip.ShouldBeNull();
    }

    [Fact]
    public void The_printed_recipe_states_every_default()
    {
        var yaml = Load(Small).ToYaml();
        yaml.ShouldContain("warmup_ratio: 0.03");
        yaml.ShouldContain("betas: [0.9, 0.98]");
        yaml.ShouldContain("micro_batch_size: 8");
        yaml.ShouldContain("seed: 0");
        yaml.ShouldContain("num_key_value_heads: 4");
        yaml.ShouldContain("start: d2d");
        yaml.ShouldContain("vision: {path: null, from: teach}");
    }

    [Fact]
    public void Recipes_that_differ_in_one_number_are_not_equal() =>
        Load(Small, "stages.d2d.objectives.forward-kl.temperature=3").ShouldNotBe(Load(Small));

    [Fact]
    public void Paths_start_at_the_file_that_holds_them()
    {
        Folder.Write("base/tok/vocab.json", "{}");
        Folder.Write("base/base.yaml", Small.Replace("{train: [scenes]}", "{path: tok}"));
        var recipe = Load("extends: base/base.yaml\nname: upper");
        recipe.Tokenizer!.Path.ShouldBe(Folder["base/tok"]);
        recipe.ToYaml().ShouldContain($"path: {Folder["base/tok"]}");
    }

    [Fact]
    public void A_path_that_names_nothing_is_an_error_unless_told_otherwise()
    {
        Error("tokenizer={path: /no/such/folder}").ShouldBe("tokenizer.path: no such file or folder: /no/such/folder");
        var loader = new RecipeLoader(TestParts.All) { PathsMustExist = false };
        loader.Load(Folder["recipe.yaml"], "tokenizer={path: /no/such/folder}").Tokenizer!.Path.ShouldBe("/no/such/folder");
    }

    [Fact]
    public void A_missing_recipe_is_named() => Should.Throw<UserError>(() => new RecipeLoader(TestParts.All).Load(Folder["none.yaml"])).Message.ShouldContain("none.yaml: cannot read the recipe");
}
