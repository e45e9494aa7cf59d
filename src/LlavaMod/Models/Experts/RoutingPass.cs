using LlavaMod.Torch;

namespace LlavaMod.Models.Experts;

/// <summary>
/// What the sparse layers need to know about one forward pass, and what they did in it. Make one for every pass: its records live in the
/// tensor scope in which it was made.
/// </summary>
public sealed class RoutingPass
{
    private readonly TensorScope? owner = TensorScope.Current;
    private readonly List<LayerRouting> layers = [];
    private Tensor? tokenWeights;
    private long? realTokens;

    /// <summary>Whether the model is in training: training capacity, routing noise.</summary>
    public bool Training { get; init; }

    /// <summary>Real tokens, Bool [B * T]; null when all are. Padding is neither routed nor counted, except in reference mode.</summary>
    public Tensor? TokenMask { get; init; }

    /// <summary>
    /// Reference mode only: noise [B * T, E] of the n-th sparse layer of the pass; null is none. With two choices, Gumbel numbers that are
    /// added to the logits to choose the second expert; with one, uniform numbers that say which tokens a full expert keeps.
    /// </summary>
    public Func<int, Tensor?>? SecondExpertNoise { get; init; }

    /// <summary>One entry for every sparse layer, in the order of the layers.</summary>
    public IReadOnlyList<LayerRouting> Layers => layers;

    /// <summary>What every token counts in a mean over real tokens, Float32 [B * T], adding up to 1; null when all are real.</summary>
    internal Tensor? TokenWeights
    {
        get
        {
            if (TokenMask is null || tokenWeights is not null) return tokenWeights;
            using var scope = new TensorScope();
            var mask = TokenMask.To(DType.Float32);
            return tokenWeights = Keep(mask / mask.Sum().ClampMin(1));
        }
    }

    /// <summary>How many of the tokens are real. Waits for the device, once a pass.</summary>
    internal long RealTokens(long tokens)
    {
        if (TokenMask is null) return tokens;
        using var scope = new TensorScope();
        return realTokens ??= TokenMask.Sum().Item<long>();
    }

    /// <summary>Records what a layer did. The tensors outlive the scopes that the layer opened.</summary>
    internal void Add(LayerRouting layer)
    {
        if (layers.Any(known => known.Layer == layer.Layer))
        {
            throw new InvalidOperationException(
                $"layer {layer.Layer} routes twice in one pass: make a RoutingPass for every forward pass, and recompute no sparse layer");
        }
        Keep(layer.Logits);
        Keep(layer.Probabilities);
        Keep(layer.Experts);
        if (layer.Dropped is not null) Keep(layer.Dropped);
        layers.Add(layer);
    }

    private Tensor Keep(Tensor tensor) =>
        (owner ?? throw new InvalidOperationException("a RoutingPass is made inside the TensorScope in which its records shall live")).Keep(tensor);
}
