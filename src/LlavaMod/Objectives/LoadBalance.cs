using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// E * sum_e f_e P_e, which spreads tokens over experts (Fedus et al. 2021, arXiv 2101.03961, eq. 4; LLaVA-MoD weighs it by 0.01). The mean
/// over sparse layers: 1 when routing is uniform and E when it has collapsed, for any number of layers.
/// </summary>
[Objective("load-balance", Summary = "Spreads tokens evenly over experts: 1 when uniform (Switch Transformers, arXiv 2101.03961).")]
public sealed class LoadBalance(LoadBalance.Options options) : RouterObjective
{
    /// <summary>Settings of load balance.</summary>
    public sealed record Options
    {
        /// <summary>Whether to sum over sparse layers, as LLaVA-MoD does (2408.15881), instead of averaging. Default: false.</summary>
        public bool Reference { get; init; }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are no layers.</exception>
    public override Tensor Loss(IReadOnlyList<LayerRouting> layers)
    {
        if (layers.Count == 0) throw new ArgumentException("load-balance needs a model with sparse layers", nameof(layers));
        using var scope = new TensorScope();
        var losses = Shaping.Stack([.. layers.Select(layer => layer.BalanceLoss())]);
        return scope.Return(options.Reference ? losses.Sum() : losses.Mean());
    }
}
