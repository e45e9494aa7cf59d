using System.ComponentModel.DataAnnotations;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// KTO on pairs (Ethayarajh et al. 2024, arXiv 2402.01306), LLaVA-MoD's preference loss. With the log-ratios
/// c = log pi(chosen) - log ref(chosen) and r likewise of the rejected, and the bars c' = max(0, mean c), r' = max(0, mean r) over the
/// batch, each pair has two losses: 1 - sigmoid(beta (c - r')) and 1 - sigmoid(beta (c' - r)). Both are 1/2 where policy and reference agree.
/// </summary>
/// <remarks>Log-probabilities are sums over the response, not means.</remarks>
[Objective("kto-pair", Summary = "Paired KTO: LLaVA-MoD's preference distillation (KTO, arXiv 2402.01306).")]
public sealed class KtoPair : PreferenceObjective
{
    private readonly Options options;

    /// <summary>Makes the objective.</summary>
    /// <exception cref="UserError">An option is out of range.</exception>
    public KtoPair(Options options)
    {
        OptionLimits.Check(options);
        this.options = options;
    }

    /// <summary>Settings of paired KTO.</summary>
    public sealed record Options
    {
        /// <summary>How closely the policy is held to the reference, above 0, at most 100. Default: 0.1.</summary>
        [Range(0.0, 100.0, MinimumIsExclusive = true)]
        public double Beta { get; init; } = 0.1;

        /// <summary>
        /// Whether the bars are constants in backward, as in the KTO paper. LLaVA-MoD and TRL 0.8.6 let the gradient through.
        /// Default: false.
        /// </summary>
        public bool DetachBars { get; init; }
    }

    /// <inheritdoc/>
    public override double Beta => options.Beta;

    /// <inheritdoc/>
    public override bool UsesBatchStatistics => true;

    /// <inheritdoc/>
    public override Tensor Losses(PreferenceLogProbabilities pairs)
    {
        var chosen = pairs.PolicyChosen - pairs.ReferenceChosen; // [B]
        var rejected = pairs.PolicyRejected - pairs.ReferenceRejected; // [B]
        var ofChosen = 1 - ((chosen - Bar(rejected)) * Beta).Sigmoid();
        var ofRejected = 1 - ((Bar(chosen) - rejected) * Beta).Sigmoid();
        return Shaping.Cat([ofChosen, ofRejected]); // [2 B]
    }

    private Tensor Bar(Tensor ratios) => (options.DetachBars ? ratios.Detach() : ratios).Mean().ClampMin(0);
}
