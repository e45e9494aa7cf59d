using LlavaMod.Models.Connectors;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;
using LlavaMod.Recipes;

namespace LlavaMod.Models;

/// <summary>A vision-language model: a tower, a connector, a language model. Without tower and connector it is a language model alone.</summary>
public sealed record LlavaConfig
{
    /// <summary>The language model.</summary>
    public required LanguageConfig Language { get; init; }

    /// <summary>The tower, or null for text alone.</summary>
    public VisionConfig? Vision { get; init; }

    /// <summary>Catalog name of the connector; null without a tower.</summary>
    public string? Connector { get; init; }

    /// <summary>The connector's own options; null for the defaults, or where it has none.</summary>
    public object? ConnectorOptions { get; init; }

    /// <summary>Tokens that one image takes in the language model; 0 for text alone.</summary>
    /// <exception cref="UserError">There is no such connector, or it refuses its options.</exception>
    public int TokensPerImage => Vision is null ? 0 : CreateConnector().Tokens(Vision.Tokens);

    /// <summary>Makes the connector.</summary>
    internal Connector CreateConnector() =>
        Catalog<Connector>.Create(Connector ?? throw new UserError("a model with a vision tower needs a connector"), ConnectorOptions);

    /// <summary>Which feed-forward layers are sparse, or null for a dense model.</summary>
    public ExpertsConfig? Experts { get; init; }
}
