using System.ComponentModel.DataAnnotations;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// Direct preference optimisation (Rafailov et al. 2023, arXiv 2305.18290, eq. 7):
/// -log sigmoid(beta h) with h = (log pi(chosen) - log pi(rejected)) - (log ref(chosen) - log ref(rejected)).
/// With label smoothing e (Mitchell 2023, conservative DPO): -(1 - e) log sigmoid(beta h) - e log sigmoid(-beta h).
/// It is ln 2 where policy and reference agree.
/// </summary>
/// <remarks>Log-probabilities are sums over the response, not means: LLaVA-MoD and TRL 0.8.6 do the same.</remarks>
[Objective("dpo", Summary = "Direct preference optimisation against a reference model (DPO, arXiv 2305.18290).")]
public sealed class DpoSigmoid : PreferenceObjective
{
    private readonly Options options;

    /// <summary>Makes the objective.</summary>
    /// <exception cref="UserError">An option is out of range.</exception>
    public DpoSigmoid(Options options)
    {
        OptionLimits.Check(options);
        this.options = options;
    }

    /// <summary>Settings of DPO.</summary>
    public sealed record Options
    {
        /// <summary>How closely the policy is held to the reference, above 0, at most 100. Default: 0.1.</summary>
        [Range(0.0, 100.0, MinimumIsExclusive = true)]
        public double Beta { get; init; } = 0.1;

        /// <summary>The share of pairs taken to be the wrong way round, 0 to 0.5. Default: 0.</summary>
        [Range(0.0, 0.5)]
        public double LabelSmoothing { get; init; }

        /// <summary>Whether the reference counts as one that gives both answers the same probability. Default: false.</summary>
        public bool ReferenceFree { get; init; }
    }

    /// <inheritdoc/>
    public override double Beta => options.Beta;

    /// <inheritdoc/>
    public override Tensor Losses(PreferenceLogProbabilities pairs)
    {
        var policy = pairs.PolicyChosen - pairs.PolicyRejected; // [B]
        var ratio = options.ReferenceFree ? policy : policy - (pairs.ReferenceChosen - pairs.ReferenceRejected);
        var margin = ratio * Beta;
        var losses = margin.LogSigmoid() * -(1 - options.LabelSmoothing);
        return options.LabelSmoothing == 0 ? losses : losses - (-margin).LogSigmoid() * options.LabelSmoothing;
    }
}
