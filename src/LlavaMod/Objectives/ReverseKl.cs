using System.ComponentModel.DataAnnotations;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// KL(p_S || p_T) = sum_v p_S(v) (log p_S(v) - log p_T(v)) of p = softmax(logits / T), times T^2: seeks a mode of the teacher where the
/// forward divergence covers all of them (MiniLLM, Gu et al. 2024, arXiv 2306.08543, eq. 1, on given tokens). It is 0 when student and
/// teacher agree.
/// </summary>
/// <remarks>
/// Tokens to which the student gives probability 0 count as 0. A token that the teacher rules out (logit -infinity) and the student does not
/// makes the divergence infinite, and the gradient of that logit too.
/// </remarks>
[Objective("reverse-kl", Summary = "KL(student || teacher): mode-seeking distillation (MiniLLM, arXiv 2306.08543).")]
public sealed class ReverseKl : TokenObjective
{
    private readonly Options options;

    /// <summary>Makes the objective.</summary>
    /// <exception cref="UserError">An option is out of range.</exception>
    public ReverseKl(Options options)
    {
        OptionLimits.Check(options);
        Scope = ScopeWeights.Read(options.Scope);
        this.options = options;
    }

    /// <summary>Settings of reverse KL.</summary>
    public sealed record Options
    {
        /// <summary>
        /// Weights, each 0 to 1e6, of the mean losses over <c>response</c> (the assistant's words), <c>prompt</c> (the user's and the
        /// template's), <c>visual</c> (image positions) and <c>all</c> (every real token). At least one is above 0.
        /// Default: <c>{response: 1}</c>.
        /// </summary>
        [Range(0.0, 1e6)]
        public ValueMap<double> Scope { get; init; } = ScopeWeights.ResponseOnly;

        /// <summary>
        /// T, by which both models' logits are divided, 0.01 to 100; above 1 it brings out the teacher's smaller probabilities. The loss is
        /// multiplied by T^2, which keeps its gradients of one size. Default: 1.
        /// </summary>
        [Range(0.01, 100.0)]
        public double Temperature { get; init; } = 1;
    }

    /// <inheritdoc/>
    public override bool NeedsTeacher => true;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<TokenScope, double> Scope { get; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">There are no teacher logits.</exception>
    public override Tensor PerToken(TokenLogits logits) =>
        RowLoss.AgainstTeacher(logits, options.Temperature, options.Temperature * options.Temperature, Divergence);

    // With d = log p_S - log p_T, d/dz = p_S (d - sum_v p_S d).
    internal static (Tensor Losses, Tensor Gradient) Divergence(Tensor student, Tensor teacher)
    {
        var p = student.Exp(); // [N, V]
        var difference = (student - teacher).MaskedFill(p.Equal(0.0), 0);
        var losses = (p * difference).Sum(-1, keep: true); // [N, 1]
        // An infinite loss must not turn the gradient into infinity - infinity.
        var mean = losses.MaskedFill(losses.IsFinite().Not(), 0);
        return (losses.Squeeze(1), p * (difference - mean));
    }
}
