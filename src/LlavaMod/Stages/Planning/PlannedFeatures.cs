using LlavaMod.Recipes;

namespace LlavaMod.Stages.Planning;

/// <summary>How many images' features lie in memory while a stage runs: its own, and those that it and earlier stages keep.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="dataOf">A stage's sources and rows.</param>
internal sealed class PlannedFeatures(Recipe recipe, Func<StageSpec, (IReadOnlyList<StageSource> Sources, RowSizes Rows)> dataOf)
{
    private readonly FrozenTowers towers = new(recipe);

    /// <summary>The frozen towers that are in memory while a stage runs, by their origins: its own, and those of earlier stages.</summary>
    public IEnumerable<string> TowersAt(StageSpec last) =>
        recipe.Stages.TakeWhile(stage => stage.Name != last.Name).Append(last).SelectMany(towers.Of).Distinct();

    /// <summary>Images by the end of a stage. Stages draw from a source independently, so that what several keep overlaps as chance has it.</summary>
    public double At(StageSpec last)
    {
        var kept = new Dictionary<(string Tower, string Source), (double Images, double Unseen)>();
        double passing = 0;
        foreach (var stage in recipe.Stages.TakeWhile(stage => stage.Name != last.Name).Append(last))
        {
            var (sources, rows) = dataOf(stage);
            int count = StageData.CountOf(sources);
            double taken = (double)stage.StepsOver(count) * stage.BatchSize;
            var seen = towers.Of(stage).Distinct().ToList();
            if (!towers.SeeAgain(stage, count))
            {
                passing = seen.Count * stage.BatchSize * rows.Images; // they go with the step
                continue;
            }
            passing = 0;
            foreach (var (tower, source) in seen.SelectMany(tower => sources.Select(source => (tower, source))))
            {
                double share = Math.Min(1, taken / count * source.Count / source.Rows);
                var (images, unseen) = kept.GetValueOrDefault((tower, source.Name), (source.Rows * rows.Images, 1));
                kept[(tower, source.Name)] = (images, unseen * (1 - share));
            }
        }
        return passing + kept.Values.Sum(part => part.Images * (1 - part.Unseen));
    }
}
