using System.ComponentModel.DataAnnotations;

namespace LlavaMod.Recipes;

/// <summary>A dataset of a stage, and how much of it the stage sees.</summary>
public sealed record SourceSpec
{
    /// <summary>The dataset's name.</summary>
    [NameAlone]
    public required string Name { get; init; } = "";

    /// <summary>
    /// How often each of its rows stands in a pass over the stage's data, on average: a source of R rows has weight * R places, rounded, at
    /// least one.
    /// </summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double Weight { get; init; } = 1.0;

    /// <summary>How many of its rows are used, from the start; null for all.</summary>
    [Range(1, int.MaxValue)]
    public int? Limit { get; init; }
}
