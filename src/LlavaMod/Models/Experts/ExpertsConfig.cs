namespace LlavaMod.Models.Experts;

/// <summary>How the feed-forward layers of a student become experts (LLaVA-MoD section 3.1; DeepSpeed's gating in reference mode).</summary>
public sealed record ExpertsConfig
{
    private const int MostExperts = 256;

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
    /// in order, the balance loss counts first choices only. With TopK above 2 as the newest DeepSpeed: without noise, the least probable
    /// assignments are dropped, the balance loss counts all choices. Needs both capacity factors.
    /// </summary>
    public bool Reference { get; init; }

    /// <summary>Throws where the settings do not fit together, or the model.</summary>
    /// <param name="where">The file or key that the settings come from.</param>
    /// <param name="layerCount">Decoder layers of the model.</param>
    /// <exception cref="UserError">The first rule that is broken, with the values seen.</exception>
    public void Validate(string where, int layerCount)
    {
        Require(Layers is { Count: > 0 }, where, "no layer is sparse; name at least one, or leave the experts out");
        Require(Layers.All(layer => layer >= 0 && layer < layerCount) && Layers.Zip(Layers.Skip(1)).All(pair => pair.First < pair.Second), where,
            $"layers [{string.Join(", ", Layers.Take(100))}] must rise and lie between 0 and {layerCount - 1}");
        Require(NumExperts is >= 2 and <= MostExperts, where, $"num_experts {NumExperts} must be between 2 and {MostExperts}");
        Require(TopK >= 1 && TopK <= NumExperts, where, $"top_k {TopK} must be between 1 and num_experts, {NumExperts}");
        Require(IsFactor(CapacityFactor), where, $"capacity_factor {CapacityFactor} must be a positive number");
        Require(IsFactor(EvalCapacityFactor), where, $"eval_capacity_factor {EvalCapacityFactor} must be a positive number");
        Require(MinCapacity >= 0, where, $"min_capacity {MinCapacity} must not be negative");
        Require(!Reference || (CapacityFactor is not null && EvalCapacityFactor is not null), where,
            "reference routing needs capacity_factor and eval_capacity_factor (LLaVA-MoD: 1.5 and 2.0)");
    }

    private static bool IsFactor(double? factor) => factor is null or (> 0 and < 1e6);

    private static void Require(bool holds, string where, string rule)
    {
        if (!holds) throw new UserError($"{where}: {rule}");
    }
}
