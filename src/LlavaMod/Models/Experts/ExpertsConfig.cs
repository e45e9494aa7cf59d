namespace LlavaMod.Models.Experts;

/// <summary>How the feed-forward layers of a student become experts (LLaVA-MoD section 3.1; DeepSpeed's gating in reference mode).</summary>
public sealed record ExpertsConfig
{
    /// <summary>Indices of the sparse decoder layers, rising.</summary>
    public required IReadOnlyList<int> Layers { get; init; }

    /// <summary>Experts of a sparse layer, at least 2.</summary>
    public int NumExperts { get; init; } = 4;

    /// <summary>Experts that each token goes to, 1 .. NumExperts.</summary>
    public int TopK { get; init; } = 2;

    /// <summary>
    /// Most tokens of an expert in training, as a multiple of its even share; null keeps every token (the default).
    /// </summary>
    public double? CapacityFactor { get; init; }

    /// <summary>The same in evaluation.</summary>
    public double? EvalCapacityFactor { get; init; }

    /// <summary>Least capacity.</summary>
    public int MinCapacity { get; init; }

    /// <summary>Adds a dense expert that every token passes, mixed in by a learned coefficient (residual MoE).</summary>
    public bool UseResidual { get; init; }

    /// <summary>
    /// Routes as DeepSpeed 0.9.5 does in LLaVA-MoD: padding takes part, the second expert is drawn with Gumbel noise, capacity drops tokens
    /// in order, the balance loss counts first choices only. Needs TopK 1 or 2 and both capacity factors.
    /// </summary>
    public bool Reference { get; init; }
}
