using LlavaMod.Recipes;

namespace LlavaMod.Models.Vision;

/// <summary>Names a kind of vision tower as config.json's <c>model_type</c> does.</summary>
public sealed class VisionFamilyAttribute(string name) : CatalogEntryAttribute(name)
{
    /// <summary>The encoder: a <see cref="VisionEncoder"/> with a constructor of (<see cref="ParameterScope"/>, <see cref="VisionConfig"/>).</summary>
    public required Type Encoder { get; init; }

    /// <summary>Whether a class token stands in front of the patches.</summary>
    public required bool HasClassToken { get; init; }

    /// <summary>What transformers leaves out of a configuration that is a part of another one: its defaults for this family, a JSON object.</summary>
    public required string Defaults { get; init; }
}

/// <summary>One kind of vision tower: which of config.json's keys it knows.</summary>
public abstract class VisionFamily
{
    /// <summary>The tower's sizes and choices.</summary>
    public abstract VisionConfig Config { get; }
}
