using System.ComponentModel.DataAnnotations;

namespace LlavaMod.Recipes;

/// <summary>
/// How a dense student becomes sparse: every chosen layer's feed-forward network is copied into experts behind a new router.
/// </summary>
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
