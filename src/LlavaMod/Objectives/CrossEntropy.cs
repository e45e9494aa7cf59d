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
    /// <exception cref="InvalidOperationException">There are no targets.</exception>
    public override Tensor PerToken(TokenLogits logits) => RowLoss.AgainstTargets(logits, Loss);

    // d/dz = p_S - onehot(target)
    private static (Tensor Losses, Tensor Gradient) Loss(Tensor student, Tensor targets)
    {
        var target = targets.Unsqueeze(1); // [N, 1]
        var logProbability = student.Gather(1, target); // [N, 1]
        return (-logProbability.Squeeze(1), student.Exp().Scatter(1, target, logProbability.Exp() - 1));
    }
}
