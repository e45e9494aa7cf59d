using LlavaMod.Recipes;

namespace LlavaMod.Stages;

/// <summary>The towers of a recipe by where their weights were made: the last stage that trained them, or the model that declared them.</summary>
/// <param name="recipe">The recipe.</param>
internal sealed class FrozenTowers(Recipe recipe)
{
    /// <summary>Where the tower was made that a model or stage looks through.</summary>
    public string Origin(string name)
    {
        if (recipe.Stages.FirstOrDefault(stage => stage.Name == name) is { } stage)
        {
            return stage.Train.Contains(TrainablePart.Vision) ? stage.Name : Origin(stage.Start!);
        }
        return recipe.Models[name].Vision?.From is { } other ? Origin(other) : name;
    }

    /// <summary>The towers that a stage looks through and does not train.</summary>
    public IEnumerable<string> Of(StageSpec stage)
    {
        bool trains = stage.Train.Contains(TrainablePart.Vision);
        if (!trains || stage.Reference is not (null or "teacher")) yield return Origin(stage.Start!);
        if (stage.Teacher is { } teacher) yield return Origin(teacher);
    }

    /// <summary>
    /// Whether features of a stage's pictures are asked for again: it makes more than a pass over its data, or a later stage reads one of its datasets
    /// through the same tower.
    /// </summary>
    /// <param name="stage">The stage.</param>
    /// <param name="count">Samples of a pass over its data.</param>
    public bool SeeAgain(StageSpec stage, int count) =>
        (long)stage.StepsOver(count) * stage.BatchSize > count
        || recipe.Stages.SkipWhile(other => other.Name != stage.Name).Skip(1).Any(later =>
            later.Data.Any(source => stage.Data.Any(own => own.Name == source.Name)) && Of(later).Intersect(Of(stage)).Any());
}
