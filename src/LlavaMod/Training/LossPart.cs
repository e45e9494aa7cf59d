using LlavaMod.Torch;

namespace LlavaMod.Training;

/// <summary>A part of a micro-batch's loss that is differentiated as one, before the weights of its objectives in <paramref name="Values"/>.</summary>
/// <param name="Objectives">What it is of; an objective stands once for each of its scopes.</param>
/// <param name="Values">What each of them comes to without its weight, [objectives], or [] where it is one.</param>
/// <param name="Total">Their sum by weight, [], which carries the gradient.</param>
internal sealed record LossPart(IReadOnlyList<WeightedObjective> Objectives, Tensor Values, Tensor Total)
{
    /// <summary>An objective that is differentiated alone.</summary>
    public LossPart(WeightedObjective objective, Tensor value) : this([objective], value, value * objective.Weight)
    {
    }
}
