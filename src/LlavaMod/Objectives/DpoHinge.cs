using System.ComponentModel.DataAnnotations;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// The hinge loss on DPO's margin (SLiC, Zhao et al. 2023, arXiv 2305.10425; RSO, Liu et al. 2024, arXiv 2309.06657):
/// max(0, 1 - beta h) with h = (log pi(chosen) - log pi(rejected)) - (log ref(chosen) - log ref(rejected)).
/// It is 1 where policy and reference agree.
/// </summary>
/// <remarks>Log-probabilities are sums over the response, not means.</remarks>
[Objective("dpo-hinge", Summary = "Hinge loss on the preference margin (SLiC, arXiv 2305.10425; RSO, arXiv 2309.06657).")]
public sealed class DpoHinge : PreferenceObjective
{
    private readonly Options options;

    /// <summary>Makes the objective.</summary>
    /// <exception cref="UserError">An option is out of range.</exception>
    public DpoHinge(Options options)
    {
        OptionLimits.Check(options);
        this.options = options;
    }

    /// <summary>Settings of the hinge loss.</summary>
    public sealed record Options
    {
        /// <summary>The inverse of the log-ratio at which a pair no longer counts, above 0, at most 100. Default: 0.1.</summary>
        [Range(0.0, 100.0, MinimumIsExclusive = true)]
        public double Beta { get; init; } = 0.1;
    }

    /// <inheritdoc/>
    public override double Beta => options.Beta;

    /// <inheritdoc/>
    public override Tensor Losses(PreferenceLogProbabilities pairs)
    {
        var ratio = pairs.PolicyChosen - pairs.PolicyRejected - (pairs.ReferenceChosen - pairs.ReferenceRejected); // [B]
        return (1 - ratio * Beta).Relu();
    }
}
