using LlavaMod.Torch.Optim;
using LlavaMod.Recipes;
using LlavaMod.Stages;

namespace LlavaMod.Tests.Recipes;

public class ShippedRecipeTests : RecipeFixture
{
    private static readonly RecipeParts Parts = LibraryParts.All;
    private static readonly string Recipes = Path.Combine(RepositoryFiles.Root, "recipes");

    [Fact]
    public void The_papers_recipe_is_init_d2d_d2s_preference()
    {
        var recipe = LoadShipped("llava-mod/llava-mod.yaml", "captions", "general", "tasks", "pairs");
        recipe.Stages.Select(stage => stage.Name).ShouldBe(["init", "d2d", "d2s", "preference"]);
        recipe.Stages.Select(stage => stage.LearningRate).ShouldBe([1e-3, 2e-5, 2e-5, 2e-6]);
        recipe.Stages.Select(stage => stage.BatchSize).ShouldBe([512, 256, 256, 256]);
        recipe.Stages.Select(stage => string.Join(' ', stage.Objectives.Select(objective => objective.Name))).ShouldBe(
            ["cross-entropy", "forward-kl", "forward-kl cross-entropy load-balance", "kto-pair load-balance"]);
        recipe.Stages.Select(stage => stage.Train.ToString()).ShouldBe(
            ["[Connector]", "[Connector, Language]", "[Connector, Ffn, Experts, Routers]", "[Connector, Ffn, Experts, Routers]"]);
        recipe.Stages.ShouldAllBe(stage => stage.Schedule == ScheduleKind.Cosine && stage.WarmupRatio == 0.03 && stage.WeightDecay == 0
            && stage.Epochs == 1 && stage.MaxLength == 2048 && stage.Betas.SequenceEqual(new[] { 0.9, 0.98 }));
        recipe.Stage("d2s").Upcycle.ShouldBe(new UpcycleSpec());
        recipe.Stage("preference").Reference.ShouldBe("teacher");
        recipe.Precision.ShouldBe(Precision.Bf16);
    }

    [Fact]
    public void The_folder_recipe_trains_teacher_student_and_control_from_the_users_files()
    {
        var recipe = LoadShipped("folder/llava-mod.yaml", "train", "words", "pairs", "dev");
        recipe.Stages.Select(stage => stage.Name).ShouldBe(["train-teacher", "words", "init", "d2d", "d2s", "preference", "sft-d2d", "sft-d2s"]);
        recipe.Stages.Select(stage => stage.ReportAs).OfType<string>().ShouldBe(["teacher", "student-d2d", "student-d2s", "student-preference", "student-sft"]);
        recipe.Stage("d2d").Teacher.ShouldBe("train-teacher");
        recipe.Data.Keys.ShouldBe(["pairs", "train", "words", "dev"]);
    }

    [Fact]
    public void A_shipped_recipe_says_which_paths_it_needs()
    {
        var message = Should.Throw<UserError>(() => new RecipeLoader(Parts).Load(Path.Combine(Recipes, "llava-mod/llava-mod.yaml"))).Message;
        message.ShouldContain("models.teacher: needs a path");
        message.ShouldContain("models.student.language: needs path");
        message.ShouldContain("data.captions.path: is required: a path");
    }

    [Fact]
    public void Packing_is_refused_beside_a_loss_that_counts_padding()
    {
        const string Objectives = "stages.d2d.objectives=[{name: forward-kl, reference: true, scope: {all: 1.0}}]";
        var loader = new RecipeLoader(Parts);
        var quickstart = Path.Combine(Recipes, "toy/quickstart.yaml");
        loader.Load(quickstart, [Objectives]).Stage("d2d").Packing.ShouldBeFalse();
        Should.Throw<UserError>(() => loader.Load(quickstart, [Objectives, "stages.d2d.packing=true"])).Message
            .ShouldContain("packing: 'forward-kl' with reference: true and scope all counts padding");
    }

    [Fact]
    public void Micro_batches_side_by_side_are_refused_beside_recomputed_activations()
    {
        var loader = new RecipeLoader(Parts);
        var quickstart = Path.Combine(Recipes, "toy/quickstart.yaml");
        loader.Load(quickstart).Stage("d2d").ParallelMicroBatches.ShouldBeGreaterThan(1);
        Should.Throw<UserError>(() => loader.Load(quickstart, ["stages.d2d.activation_checkpointing=true"])).Message
            .ShouldContain("parallel_micro_batches: is 2: activations are recomputed in one backward at a time");
    }

    private Recipe LoadShipped(string recipe, params string[] data)
    {
        var file = Folder.Write("data.json", "[]");
        var settings = data.SelectMany(name => new[] { $"data.{name}.path={file}", $"data.{name}.images={Folder.Path}" });
        if (recipe.StartsWith("llava-mod", StringComparison.Ordinal))
            settings = settings.Append($"models.teacher.path={Folder.Path}").Append($"models.student.language.path={Folder.Path}");
        var loaded = new RecipeLoader(Parts).Load(Path.Combine(Recipes, recipe), settings);
        new RecipeLoader(Parts).Load(Folder.Write("resolved.yaml", loaded.ToYaml())).ShouldBe(loaded);
        return loaded;
    }
}
