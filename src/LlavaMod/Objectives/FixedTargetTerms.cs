using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>Terms over the same positions that are all against fixed targets, at one temperature: what <see cref="SoftTargets"/> computes at once.</summary>
/// <param name="Terms">The terms.</param>
internal readonly record struct FixedTargetTerms(IReadOnlyList<HeadTerm> Terms)
{
    /// <summary>Whether they are.</summary>
    public bool Fit => Terms.Count > 0 && Terms.All(Fits);

    /// <summary>Whether one of them looks at the teacher.</summary>
    public bool Mimic => Terms.Any(term => term.Objective.Against == FixedTarget.Teacher);

    /// <summary>Whether one of them looks at the next token.</summary>
    public bool Predict => Terms.Any(term => term.Objective.Against == FixedTarget.NextToken);

    /// <summary>What multiplies the gradients by logits / T: T divides them once more.</summary>
    public SoftTargets.Weights Weights => new(Terms[0].Objective.Temperature, Weight(FixedTarget.Teacher), Weight(FixedTarget.NextToken));

    private bool Fits(HeadTerm term) => term.Objective.Against != FixedTarget.None && term.Objective.Temperature == Terms[0].Objective.Temperature;

    private double Weight(FixedTarget target) => Terms.Where(term => term.Objective.Against == target)
        .Sum(term => term.Share * term.Weight * term.Objective.LossScale / term.Objective.Temperature);
}
