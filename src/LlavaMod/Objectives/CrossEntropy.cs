using System.ComponentModel.DataAnnotations;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// The language-modelling loss, -log p_S(next token): what every stage without a teacher trains on, and the supervised half of
/// LLaVA-MoD's dense-to-sparse stage (Shu et al. 2024, arXiv 2408.15881).
/// </summary>
[Objective("cross-entropy", Summary = "Cross-entropy of the next token: supervised training (LLaVA, arXiv 2304.08485).")]
public sealed class CrossEntropy : TokenObjective
{
    /// <summary>Makes the objective.</summary>
    /// <exception cref="UserError">An option is out of range.</exception>
    public CrossEntropy(Options options)
    {
        OptionLimits.Check(options);
        Scope = ScopeWeights.Read(options.Scope, TokenScope.Response, TokenScope.Prompt);
    }

    /// <summary>Settings of cross-entropy.</summary>
    public sealed record Options
    {
        /// <summary>
        /// Weights, each 0 to 1e6, of the mean losses over <c>response</c> (the assistant's words) and <c>prompt</c> (the user's and the
        /// template's). At least one is above 0. Default: <c>{response: 1}</c>.
        /// </summary>
        [Range(0.0, 1e6)]
        public ValueMap<double> Scope { get; init; } = ScopeWeights.ResponseOnly;
    }

    /// <inheritdoc/>
    public override bool NeedsTeacher => false;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<TokenScope, double> Scope { get; }

    /// <inheritdoc/>
    internal override FixedTarget Against => FixedTarget.NextToken;

    /// <inheritdoc/>
    // d/dz = p_S - onehot(target)
    public override (Tensor Losses, Tensor Gradient) Losses(TokenRows rows)
    {
        var found = rows.TargetLogProbabilities; // [n, 1]
        return (-found.Squeeze(1), rows.StudentProbabilities.Scatter(1, rows.Targets.Unsqueeze(1), found.Exp() - 1));
    }
}
