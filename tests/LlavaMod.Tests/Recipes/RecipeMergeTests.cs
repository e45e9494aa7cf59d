using LlavaMod.Recipes;

namespace LlavaMod.Tests.Recipes;

public class RecipeMergeTests : RecipeFixture
{
    private Recipe Extend(string yaml, params string[] overrides)
    {
        Folder.Write("base.yaml", Small);
        return Load("extends: base.yaml\n" + yaml, overrides);
    }

    [Fact]
    public void Mappings_merge_key_by_key()
    {
        var recipe = Extend("name: upper\nmodels: {student: {language: {num_hidden_layers: 6}}}");
        recipe.Name.ShouldBe("upper");
        recipe.Models["student"].Language!.Config.ShouldBe(new TestParts.Qwen2.Options { HiddenSize = 16, NumHiddenLayers = 6 });
        recipe.Models["teacher"].ShouldBe(Load(Small).Models["teacher"]);
    }

    [Fact]
    public void Lists_of_named_things_merge_by_name_in_order()
    {
        var recipe = Extend("""
            stages:
              - {name: warm, model: student, train: [connector], data: [scenes], objectives: [cross-entropy], learning_rate: 1, steps: 1, batch_size: 1}
              - {name: d2d, learning_rate: 5}
              - {name: after, model: student, train: [connector], data: [scenes], objectives: [cross-entropy], learning_rate: 1, steps: 1, batch_size: 1}
            """.Replace("[cross-entropy]", "[{name: cross-entropy}]"));
        recipe.Stages.Select(stage => stage.Name).ShouldBe(["teach", "warm", "d2d", "d2s", "preference", "after"]);
        recipe.Stage("d2d").LearningRate.ShouldBe(5);
        recipe.Stage("d2d").BatchSize.ShouldBe(8);
    }

    [Fact]
    public void Objectives_merge_by_name()
    {
        var objectives = Extend("stages: [{name: d2s, objectives: [{name: load-balance, weight: 1}, {name: cross-entropy}]}]").Stage("d2s").Objectives;
        objectives.Select(objective => (objective.Name, objective.Weight)).ShouldBe([("forward-kl", 1.0), ("load-balance", 1.0), ("cross-entropy", 1.0)]);
    }

    [Fact]
    public void Lists_of_values_are_replaced() =>
        Extend("stages: [{name: d2d, train: [connector]}]").Stage("d2d").Train.ShouldBe([TrainablePart.Connector]);

    [Fact]
    public void Null_takes_away()
    {
        var recipe = Extend("stages: {preference: null, d2d: {clip: null}}\ndata: {pairs: null}");
        recipe.Stages.Select(stage => stage.Name).ShouldBe(["teach", "d2d", "d2s"]);
        recipe.Stage("d2d").Clip.ShouldBeNull();
        recipe.Data.Keys.ShouldBe(["scenes"]);
    }

    [Fact]
    public void Null_returns_a_setting_that_cannot_be_off_to_its_default() =>
        Extend("stages: {d2d: {micro_batch_size: null}}").Stage("d2d").MicroBatchSize.ShouldBe(8);

    [Fact]
    public void Another_kind_of_part_inherits_nothing()
    {
        Extend("template: {name: qwen, system: hello}").Template.Options.ShouldBe(new TestParts.Qwen.Options { System = "hello" });
        Folder.Write("middle.yaml", "extends: base.yaml\ntemplate: {name: qwen, system: hello}");
        Load("extends: middle.yaml\ntemplate: {name: plain}").Template.Options.ShouldBeNull();
    }

    [Theory]
    [InlineData("seed=7", 7)]
    [InlineData("seed = 7", 7)]
    public void An_override_sets_a_key(string setting, int seed) => Load(Small, setting).Seed.ShouldBe(seed);

    [Fact]
    public void An_override_reaches_items_of_lists_by_name()
    {
        var recipe = Load(Small, "stages.d2d.learning_rate=1e-4", "stages.d2s.objectives.load-balance.weight=0.5", "stages.d2s.train=[experts]");
        recipe.Stage("d2d").LearningRate.ShouldBe(1e-4);
        recipe.Stage("d2s").Objectives[1].Weight.ShouldBe(0.5);
        recipe.Stage("d2s").Train.ShouldBe([TrainablePart.Experts]);
    }

    [Fact]
    public void An_override_replaces_what_was_there()
    {
        var recipe = Load(Small, "stages.d2s.objectives=[{name: forward-kl}]", "models.teacher.connector=linear", "stages.preference=null");
        recipe.Stage("d2s").Objectives.ShouldHaveSingleItem().Name.ShouldBe("forward-kl");
        recipe.Models["teacher"].Connector!.Name.ShouldBe("linear");
        recipe.Stages.Count.ShouldBe(3);
    }

    [Fact]
    public void The_last_override_wins() => Load(Small, "seed=1", "seed=2").Seed.ShouldBe(2);

    [Fact]
    public void An_override_path_starts_at_the_current_folder()
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, Folder.Path);
        Load(Small, $"tokenizer={{path: '{relative}'}}").Tokenizer!.Path.ShouldBe(Folder.Path);
    }

    [Theory]
    [InlineData("stages.d2x.steps=1", "stages: nothing here is named 'd2x'; did you mean 'd2d'?")]
    [InlineData("stages.d2d.data.scenes=1", "stages.d2d.data: the items of this list have no names; set the whole list")]
    [InlineData("stages.d2d.steps", "expected KEY=VALUE, where KEY is like stages.d2d.learning_rate")]
    [InlineData("=1", "expected KEY=VALUE, where KEY is like stages.d2d.learning_rate")]
    [InlineData("a..b=1", "expected KEY=VALUE, where KEY is like stages.d2d.learning_rate")]
    [InlineData("sede=1", "sede: unknown key (value 1); did you mean 'seed'?")]
    public void A_wrong_override_is_refused(string setting, string message) =>
        Errors(Small, setting).ShouldBe([$"--set {setting}: {message}"]);

    [Fact]
    public void Recipes_in_a_circle_are_refused()
    {
        Folder.Write("other.yaml", "extends: recipe.yaml");
        Errors("extends: other.yaml").ShouldHaveSingleItem().ShouldContain("in a circle");
    }

    [Fact]
    public void Recipes_stacked_too_high_are_refused()
    {
        for (var i = 0; i < 20; i++)
            Folder.Write($"r{i}.yaml", $"extends: r{i + 1}.yaml");
        Errors("extends: r0.yaml").ShouldHaveSingleItem().ShouldContain("more than 8 recipes");
    }

    [Fact]
    public void A_missing_base_is_named() => Errors("extends: none.yaml").ShouldHaveSingleItem().ShouldContain("none.yaml: cannot read the recipe");
}
