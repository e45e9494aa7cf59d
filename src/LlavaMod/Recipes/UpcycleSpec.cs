using System.ComponentModel.DataAnnotations;

namespace LlavaMod.Recipes;

/// <summary>How a dense student becomes sparse: every chosen layer's feed-forward network is copied into experts behind a new router.</summary>
public sealed record UpcycleSpec
{
    /// <summary>Experts per sparse layer.</summary>
    [Range(2, 256)]
    public int NumExperts { get; init; } = 4;

    /// <summary>Experts that each token goes to; at most <see cref="NumExperts"/>.</summary>
    [Range(1, 256)]
    public int TopK { get; init; } = 2;

    /// <summary>Which layers become sparse.</summary>
    public ExpertPlacement Placement { get; init; } = new(PlacementRule.EveryOther, null);

    /// <summary>Whether the dense network stays beside the experts and is mixed in by a learned coefficient.</summary>
    public bool Residual { get; init; }

    /// <summary>Places per expert, as a multiple of an even share; tokens beyond are dropped. Null drops none.</summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double? CapacityFactor { get; init; }
}

/// <summary>Which layers of a language model are sparse: a rule, or a list.</summary>
/// <param name="Rule">The rule, or null where the layers are listed.</param>
/// <param name="Layers">The layers, counted from 0, ascending; null where there is a rule.</param>
public sealed record ExpertPlacement(PlacementRule? Rule, ValueList<int>? Layers);

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
