using LlavaMod.Torch;

namespace LlavaMod.Training;

/// <summary>One objective's part of a micro-batch's loss, before its weight; shape [].</summary>
internal readonly record struct LossTerm(WeightedObjective Objective, Tensor Value)
{
    public Tensor Weighted => Value * Objective.Weight;
}
