namespace LlavaMod.Recipes;

/// <summary>A chat template and its options.</summary>
public sealed record TemplateSpec
{
    /// <summary>The template's name; LLaVA-MoD's is <c>qwen</c>.</summary>
    [NameAlone]
    public string Name { get; init; } = "qwen";

    /// <summary>The template's own options, or null where it has none.</summary>
    [OptionsOf(nameof(RecipeParts.Templates), nameof(Name))]
    public object? Options { get; init; }
}
