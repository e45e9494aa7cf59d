using System.ComponentModel.DataAnnotations;

namespace LlavaMod.Recipes;

/// <summary>One term of a stage's loss.</summary>
public sealed record ObjectiveSpec
{
    /// <summary>The objective's name, for example <c>forward-kl</c>.</summary>
    public required string Name { get; init; } = "";

    /// <summary>What the objective is multiplied by in the sum.</summary>
    [Range(0.0, 1e6)]
    public double Weight { get; init; } = 1.0;

    /// <summary>The objective's own options, or null where it has none.</summary>
    [OptionsOf(nameof(RecipeParts.Objectives), nameof(Name))]
    public object? Options { get; init; }
}
