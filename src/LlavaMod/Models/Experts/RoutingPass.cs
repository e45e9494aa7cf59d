using LlavaMod.Torch;

namespace LlavaMod.Models.Experts;

/// <summary>What the sparse layers need to know about one forward pass, and what they did in it. Valid within the pass's tensor scope.</summary>
public sealed class RoutingPass
{
    private readonly List<LayerRouting> layers = [];

    /// <summary>Whether the model is in training: training capacity, routing noise.</summary>
    public bool Training { get; init; }

    /// <summary>Real tokens, Bool [B * T]; null when all are. Padding is neither routed nor counted, except in reference mode.</summary>
    public Tensor? TokenMask { get; init; }

    /// <summary>
    /// Reference mode only: Gumbel noise [B * T, E] for the choice of the second expert of the n-th sparse layer of the pass; null is none.
    /// </summary>
    public Func<int, Tensor?>? SecondExpertNoise { get; init; }

    /// <summary>One entry for every sparse layer, in the order of the layers.</summary>
    public IReadOnlyList<LayerRouting> Layers => layers;

    internal void Add(LayerRouting layer) => layers.Add(layer);
}

/// <summary>What one sparse layer did in one pass.</summary>
/// <param name="Layer">Index of the decoder layer.</param>
/// <param name="Logits">Router logits, Float32 [B * T, E].</param>
/// <param name="Probabilities">Their softmax, Float32 [B * T, E].</param>
/// <param name="Experts">Chosen experts, Int64 [B * T, K], best first.</param>
/// <param name="BalanceLoss">Scalar with gradient: E * sum_e f_e P_e, 1 when routing is uniform and E when it has collapsed.</param>
/// <param name="Dropped">Assignments that found their expert full, Int64 [] ; null when nothing can be dropped.</param>
public sealed record LayerRouting(int Layer, Tensor Logits, Tensor Probabilities, Tensor Experts, Tensor BalanceLoss, Tensor? Dropped);
