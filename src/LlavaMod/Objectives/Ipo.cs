using System.ComponentModel.DataAnnotations;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// Identity preference optimisation (Azar et al. 2023, arXiv 2310.12036, eq. 17): (h - 1 / (2 beta))^2 with
/// h = (log pi(chosen) - log pi(rejected)) - (log ref(chosen) - log ref(rejected)), a target for the margin where DPO has none.
/// It is (1 / (2 beta))^2 where policy and reference agree.
/// </summary>
/// <remarks>Log-probabilities are sums over the response, not means.</remarks>
[Objective("ipo", Summary = "Identity preference optimisation: a finite target for the margin (IPO, arXiv 2310.12036).")]
public sealed class Ipo : PreferenceObjective
{
    private readonly Options options;

    /// <summary>Makes the objective.</summary>
    /// <exception cref="UserError">An option is out of range.</exception>
    public Ipo(Options options)
    {
        OptionLimits.Check(options);
        this.options = options;
    }

    /// <summary>Settings of IPO.</summary>
    public sealed record Options
    {
        /// <summary>
        /// The strength of the regularisation, the paper's tau, 0.001 to 100: the target of h is 1 / (2 beta). Default: 0.1.
        /// </summary>
        [Range(0.001, 100.0)]
        public double Beta { get; init; } = 0.1;
    }

    /// <inheritdoc/>
    public override double Beta => options.Beta;

    /// <inheritdoc/>
    public override Tensor Losses(PreferenceLogProbabilities pairs)
    {
        var ratio = pairs.PolicyChosen - pairs.PolicyRejected - (pairs.ReferenceChosen - pairs.ReferenceRejected); // [B]
        return (ratio - 1 / (2 * Beta)).Square();
    }
}
