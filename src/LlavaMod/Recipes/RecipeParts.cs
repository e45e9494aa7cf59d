namespace LlavaMod.Recipes;

/// <summary>The named parts that a recipe may use, usually the <see cref="Catalog{T}.Entries"/> of each kind.</summary>
public sealed record RecipeParts
{
    /// <summary>What <c>stages[].objectives[].name</c> may be.</summary>
    public IReadOnlyList<CatalogEntry> Objectives { get; init; } = [];

    /// <summary>What <c>template.name</c> may be.</summary>
    public IReadOnlyList<CatalogEntry> Templates { get; init; } = [];

    /// <summary>What <c>models.*.language.model_type</c> may be; the options are the keys of that family's config.json.</summary>
    public IReadOnlyList<CatalogEntry> Languages { get; init; } = [];

    /// <summary>What <c>models.*.vision.model_type</c> may be; the options are the keys of that tower's config.json.</summary>
    public IReadOnlyList<CatalogEntry> Visions { get; init; } = [];

    /// <summary>What <c>models.*.connector</c> may be.</summary>
    public IReadOnlyList<CatalogEntry> Connectors { get; init; } = [];

    /// <summary>What <c>data.*.format</c> may be.</summary>
    public IReadOnlyList<CatalogEntry> Formats { get; init; } = [];

    /// <summary>What <c>evaluation.benchmarks[].name</c> may be.</summary>
    public IReadOnlyList<CatalogEntry> Benchmarks { get; init; } = [];

    internal IReadOnlyList<CatalogEntry> Of(string list) => list switch
    {
        nameof(Objectives) => Objectives,
        nameof(Templates) => Templates,
        nameof(Languages) => Languages,
        nameof(Visions) => Visions,
        nameof(Connectors) => Connectors,
        nameof(Formats) => Formats,
        nameof(Benchmarks) => Benchmarks,
        _ => throw new ArgumentOutOfRangeException(nameof(list), list, "No such list of parts."),
    };
}
