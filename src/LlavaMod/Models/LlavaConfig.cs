using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;

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

    /// <summary>Which feed-forward layers are sparse, or null for a dense model.</summary>
    public ExpertsConfig? Experts { get; init; }
}
