namespace LlavaMod.Recipes;

/// <summary>
/// Fills in the settings whose defaults depend on the rest of the recipe, so that the trainer finds nothing left to decide.
/// </summary>
internal static class RecipeResolver
{
    public static Recipe Resolve(Recipe recipe)
    {
        var stages = recipe.Stages.Select((stage, index) => Resolve(recipe, stage, index));
        var models = recipe.Models.Select(model => KeyValuePair.Create(model.Key, Resolve(recipe, model.Key, model.Value)));
        return recipe with { Stages = [.. stages], Models = new(models) };
    }

    /// <summary>The latest stage of a model before stage number <paramref name="before"/>, or null.</summary>
    public static StageSpec? LatestStage(Recipe recipe, string? model, int before) =>
        recipe.Stages.Take(before).LastOrDefault(stage => stage.Model == model);

    private static StageSpec Resolve(Recipe recipe, StageSpec stage, int index) => stage with
    {
        Start = stage.Start ?? LatestStage(recipe, stage.Model, index)?.Name ?? stage.Model,
        Teacher = LatestStage(recipe, stage.Teacher, index)?.Name ?? stage.Teacher,
        MicroBatchSize = stage.MicroBatchSize,
    };

    private static ModelSpec Resolve(Recipe recipe, string name, ModelSpec model)
    {
        if (model.Vision?.From is not { } from)
            return model;
        var first = recipe.Stages.TakeWhile(stage => stage.Model != name).Count();
        var stage = LatestStage(recipe, from, first)?.Name ?? from;
        return model with { Vision = model.Vision with { From = stage } };
    }
}
