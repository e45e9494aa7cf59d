using LlavaMod.Recipes;

namespace LlavaMod.Models.Experts;

/// <summary>Which decoder layers a placement makes sparse.</summary>
public static class ExpertPlacements
{
    /// <summary>The layers' indices, rising.</summary>
    /// <param name="placement">A rule or a list.</param>
    /// <param name="layers">Decoder layers of the model.</param>
    /// <exception cref="UserError">A listed layer does not exist.</exception>
    public static IReadOnlyList<int> Layers(ExpertPlacement placement, int layers)
    {
        if (placement.Layers is { } listed)
        {
            return listed.All(layer => layer >= 0 && layer < layers)
                ? [.. listed.Order()]
                : throw new UserError($"upcycle.placement: the model has layers 0 to {layers - 1}, not {string.Join(", ", listed.Where(layer => layer < 0 || layer >= layers))}");
        }
        var all = Enumerable.Range(0, layers);
        return placement.Rule switch
        {
            PlacementRule.EveryOther => [.. all.Where(layer => layer % 2 == 0)],
            PlacementRule.FirstHalf => [.. all.Take(layers / 2)],
            PlacementRule.SecondHalf => [.. all.Skip(layers / 2)],
            _ => [.. all],
        };
    }
}
