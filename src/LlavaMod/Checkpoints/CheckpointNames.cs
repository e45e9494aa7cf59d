namespace LlavaMod.Checkpoints;

/// <summary>How our names of a model's tensors start: those of the original LLaVA.</summary>
public static class CheckpointNames
{
    /// <summary>The tower's, which go on as in transformers: <c>vision_model.encoder.layers.0...</c></summary>
    public const string Tower = "model.vision_tower.vision_tower.";

    /// <summary>The connector's.</summary>
    public const string Connector = "model.mm_projector.";

    /// <summary>The word embeddings.</summary>
    public const string Embedding = "model.embed_tokens.weight";

    /// <summary>The output projection where it is not the embedding.</summary>
    public const string Head = "lm_head.weight";

    /// <summary>Whether a tensor is the tower's.</summary>
    public static bool IsTower(string name) => name.StartsWith(Tower, StringComparison.Ordinal);

    /// <summary>Whether a tensor is the connector's.</summary>
    public static bool IsConnector(string name) => name.StartsWith(Connector, StringComparison.Ordinal);
}
