using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// The mean over real tokens of (log sum_e exp z_e)^2, which keeps router logits z small and so precise (Zoph et al. 2022, "ST-MoE",
/// arXiv 2202.08906, eq. 5, weight 0.001 there). The mean over sparse layers.
/// </summary>
[Objective("router-z", Summary = "Keeps router logits small: mean squared log-sum-exp (ST-MoE, arXiv 2202.08906).")]
public sealed class RouterZ : RouterObjective
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are no layers.</exception>
    public override Tensor Loss(IReadOnlyList<LayerRouting> layers)
    {
        if (layers.Count == 0) throw new ArgumentException("router-z needs a model with sparse layers", nameof(layers));
        using var scope = new TensorScope();
        return scope.Return(Shaping.Stack([.. layers.Select(LossOf)]).Mean());
    }

    private static Tensor LossOf(LayerRouting layer)
    {
        using var scope = new TensorScope();
        var squares = layer.Logits.LogSumExp(-1).Square(); // [N]
        return scope.Return(layer.TokenWeights is { } weights ? (squares * weights).Sum() : squares.Mean());
    }
}
