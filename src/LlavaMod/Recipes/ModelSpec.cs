namespace LlavaMod.Recipes;

/// <summary>
/// A vision-language model: either a whole one from a folder, or a language model with, optionally, a vision tower and the connector
/// between them.
/// </summary>
public sealed record ModelSpec
{
    /// <summary>A Hugging Face-shaped folder of a whole model (config.json and model.safetensors).</summary>
    [RecipePath]
    public string? Path { get; init; }

    /// <summary>The language model.</summary>
    public LanguageSpec? Language { get; init; }

    /// <summary>The vision tower; null for a model of text alone.</summary>
    public VisionSpec? Vision { get; init; }

    /// <summary>What maps the tower's features into the language model's embeddings; needed with <see cref="Vision"/>.</summary>
    public ConnectorSpec? Connector { get; init; }
}

/// <summary>A language model from a folder, or a new one.</summary>
public sealed record LanguageSpec
{
    /// <summary>A Hugging Face-shaped folder of a language model, or of a whole model, of which it is taken.</summary>
    [RecipePath]
    public string? Path { get; init; }

    /// <summary>The family of a new model, as config.json names it.</summary>
    public string ModelType { get; init; } = "qwen2";

    /// <summary>The family's settings, by the keys of its config.json.</summary>
    [OptionsOf(nameof(RecipeParts.Languages), nameof(ModelType), Unless = [nameof(Path)])]
    public object? Config { get; init; }
}

/// <summary>A vision tower from a folder, of another model, or a new one.</summary>
public sealed record VisionSpec
{
    /// <summary>A Hugging Face-shaped folder of a tower, or of a whole CLIP, SigLIP or LLaVA, of which it is taken.</summary>
    [RecipePath]
    public string? Path { get; init; }

    /// <summary>
    /// The model or stage whose tower this model shares, frozen. The loader turns a model into its last stage before this model's first.
    /// </summary>
    public string? From { get; init; }

    /// <summary>The kind of a new tower, as config.json names it.</summary>
    public string ModelType { get; init; } = "clip_vision_model";

    /// <summary>The tower's settings, by the keys of its config.json.</summary>
    [OptionsOf(nameof(RecipeParts.Visions), nameof(ModelType), Unless = [nameof(Path), nameof(From)])]
    public object? Config { get; init; }
}

/// <summary>A connector and its options.</summary>
public sealed record ConnectorSpec
{
    /// <summary>The connector's name, for example <c>mlp2x_gelu</c>.</summary>
    [NameAlone]
    public required string Name { get; init; } = "";

    /// <summary>Its weights: a file such as LLaVA's <c>mm_projector.bin</c>, or the folder of a whole model; null for a new one.</summary>
    [RecipePath]
    public string? Path { get; init; }

    /// <summary>The connector's own options, or null where it has none.</summary>
    [OptionsOf(nameof(RecipeParts.Connectors), nameof(Name))]
    public object? Options { get; init; }
}
