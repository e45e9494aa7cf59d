namespace LlavaMod.Models;

/// <summary>What a parameter belongs to: stages train and freeze by these parts.</summary>
[Flags]
public enum ModelPart
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The vision tower.</summary>
    Vision = 1,

    /// <summary>From the tower's features to the language model's embeddings.</summary>
    Connector = 2,

    /// <summary>Word embeddings; with tied embeddings also the head.</summary>
    Embeddings = 4,

    /// <summary>Query, key, value and output projections of the language model.</summary>
    Attention = 8,

    /// <summary>Norms of the language model.</summary>
    Norms = 16,

    /// <summary>Dense feed-forward layers of the language model.</summary>
    Ffn = 32,

    /// <summary>Experts of its sparse layers.</summary>
    Experts = 64,

    /// <summary>Routers of its sparse layers.</summary>
    Routers = 128,

    /// <summary>The output projection where it is not tied.</summary>
    Head = 256,

    /// <summary>The whole language model.</summary>
    Language = Embeddings | Attention | Norms | Ffn | Experts | Routers | Head,
}
