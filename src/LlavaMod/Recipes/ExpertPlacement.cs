namespace LlavaMod.Recipes;

/// <summary>Which layers of a language model are sparse: a rule, or a list.</summary>
/// <param name="Rule">The rule, or null where the layers are listed.</param>
/// <param name="Layers">The layers, counted from 0, ascending; null where there is a rule.</param>
public sealed record ExpertPlacement(PlacementRule? Rule, ValueList<int>? Layers)
{
    /// <summary>The sparse layers of a model with so many decoder layers, rising. Half of an odd number is rounded down.</summary>
    /// <exception cref="UserError">A listed layer is not one of the model's, or the rule gives none.</exception>
    public IReadOnlyList<int> LayersOf(int layerCount)
    {
        int half = layerCount / 2;
        int[] layers = Rule switch
        {
            null => [.. Layers!],
            PlacementRule.EveryOther => [.. Enumerable.Range(0, layerCount).Where(layer => layer % 2 == 0)],
            PlacementRule.All => [.. Enumerable.Range(0, layerCount)],
            PlacementRule.FirstHalf => [.. Enumerable.Range(0, half)],
            PlacementRule.SecondHalf => [.. Enumerable.Range(half, layerCount - half)],
            _ => throw new InvalidOperationException($"{Rule} is not a rule"),
        };
        if (layers.Length == 0) throw new UserError($"upcycle.placement chooses none of {layerCount} layers; use all, or list at least one");
        foreach (int layer in layers)
        {
            if (layer < 0 || layer >= layerCount) throw new UserError($"upcycle.placement lists layer {layer}; the model has layers 0 .. {layerCount - 1}");
        }
        return layers;
    }
}

/// <summary>A rule for which layers become sparse.</summary>
public enum PlacementRule
{
    /// <summary>Layers 0, 2, 4, ...</summary>
    EveryOther,

    /// <summary>Every layer.</summary>
    All,

    /// <summary>The first half of the layers.</summary>
    FirstHalf,

    /// <summary>The second half of the layers.</summary>
    SecondHalf,
}
