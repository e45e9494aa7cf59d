using LlavaMod.Recipes;

namespace LlavaMod.Models.Vision;

/// <summary>Names a kind of vision tower as config.json's <c>model_type</c> does.</summary>
public sealed class VisionFamilyAttribute(string name) : CatalogEntryAttribute(name);

/// <summary>One kind of vision tower: which of config.json's keys it knows.</summary>
public abstract class VisionFamily
{
    /// <summary>The tower's sizes and choices.</summary>
    public abstract VisionConfig Config { get; }
}
