using System.Text.RegularExpressions;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Models.Experts;

/// <summary>
/// Makes a sparse model of a dense one (LLaVA-MoD section 3.1; Komatsuzaki et al. 2023, "Sparse upcycling"): every expert, and the residual
/// expert, starts as a copy of the layer's dense network, routers start from random numbers, and everything else stays. The sparse model
/// then computes what the dense one did, whatever the routers choose.
/// </summary>
/// <param name="dense">The dense model's parameters.</param>
/// <param name="seed">For the routers: normal numbers around 0, with the deviation that they ask for (0.02).</param>
public sealed partial class Upcycling(IParameterSource dense, ulong seed) : IParameterSource
{
    private readonly RandomParameters random = new(seed);

    /// <summary>What a dense model's configuration becomes.</summary>
    /// <exception cref="UserError">The model is sparse already, or the settings do not fit it.</exception>
    public static LlavaConfig Configure(LlavaConfig dense, UpcycleSpec spec)
    {
        if (dense.Experts is not null) throw new UserError($"upcycle: the model is sparse already, with {dense.Experts.NumExperts} experts in {dense.Experts.Layers.Count} layers");
        int layers = dense.Language.NumHiddenLayers;
        var experts = new ExpertsConfig
        {
            Layers = spec.Placement.LayersOf(layers),
            NumExperts = spec.NumExperts,
            TopK = spec.TopK,
            CapacityFactor = spec.CapacityFactor,
            UseResidual = spec.Residual,
        };
        experts.Validate("upcycle", layers);
        return dense with { Experts = experts };
    }

    /// <inheritdoc/>
    public Tensor? Find(string name, ReadOnlySpan<long> shape, Initializer initializer) => Added().IsMatch(name)
        ? random.Find(name, shape, initializer)
        : dense.Find(Copied().Replace(name, "mlp."), shape, initializer);

    [GeneratedRegex(@"(^|\.)mlp\.(gate|coefficient)\.(weight|bias)$")]
    private static partial Regex Added();

    [GeneratedRegex(@"(?<=^|\.)mlp\.(experts\.\d+|residual_expert)\.")]
    private static partial Regex Copied();
}
