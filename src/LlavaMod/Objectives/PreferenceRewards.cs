using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// What preference training is watched by: the implicit rewards beta (log pi - log ref) of DPO (Rafailov et al. 2023, arXiv 2305.18290), as
/// TRL and LLaVA-MoD report them. All Float32 [B], without gradient; a batch's metric is the mean.
/// </summary>
/// <param name="Chosen">Rewards of the chosen answers.</param>
/// <param name="Rejected">Rewards of the rejected answers.</param>
/// <param name="Accuracies">1 where the chosen answer's reward is the greater, else 0.</param>
/// <param name="Margins">Chosen minus rejected.</param>
public readonly record struct PreferenceRewards(Tensor Chosen, Tensor Rejected, Tensor Accuracies, Tensor Margins)
{
    /// <summary>The rewards of B pairs; owned by the current scope.</summary>
    /// <param name="pairs">Sequence log-probabilities.</param>
    /// <param name="beta">The objective's <see cref="PreferenceObjective.Beta"/>.</param>
    public static PreferenceRewards Of(PreferenceLogProbabilities pairs, double beta)
    {
        using var mode = GradMode.Off();
        var chosen = (pairs.PolicyChosen - pairs.ReferenceChosen) * beta;
        var rejected = (pairs.PolicyRejected - pairs.ReferenceRejected) * beta;
        var margins = chosen - rejected;
        return new PreferenceRewards(chosen, rejected, rejected.Less(chosen).To(DType.Float32), margins);
    }
}
