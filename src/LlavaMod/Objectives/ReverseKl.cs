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
/// Tokens to which the student gives probability 0 count as 0. A token that the teacher rules out (logit -infinity) and the student does
/// not makes the divergence infinite, and the gradient of that logit too.
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
        /// <inheritdoc cref="ForwardKl.Options.Scope"/>
        [Range(0.0, 1e6)]
        public ValueMap<double> Scope { get; init; } = ScopeWeights.ResponseOnly;

        /// <inheritdoc cref="ForwardKl.Options.Temperature"/>
        [Range(0.01, 100.0)]
        public double Temperature { get; init; } = 1;
    }

    /// <inheritdoc/>
    public override bool NeedsTeacher => true;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<TokenScope, double> Scope { get; }

    /// <inheritdoc/>
    public override double Temperature => options.Temperature;

    /// <inheritdoc/>
    public override double LossScale => options.Temperature * options.Temperature;

    /// <inheritdoc/>
    public override (Tensor Losses, Tensor Gradient) Losses(TokenRows rows) => Divergence(rows);

    // With d = log p_S - log p_T, d/dz = p_S (d - sum_v p_S d).
    internal static (Tensor Losses, Tensor Gradient) Divergence(TokenRows rows)
    {
        var p = rows.StudentProbabilities; // [n, V]
        var difference = (rows.Student - rows.Teacher).MaskedFill_(p.Equal(0.0), 0);
        var losses = (p * difference).Sum(-1, keep: true); // [n, 1]
        // An infinite loss must not turn the gradient into infinity - infinity.
        var mean = losses.MaskedFill(losses.IsFinite().Not(), 0);
        return (losses.Squeeze(1), difference.Add_(mean, -1).Multiply_(p));
    }
}
