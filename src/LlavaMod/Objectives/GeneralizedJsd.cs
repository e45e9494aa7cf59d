using System.ComponentModel.DataAnnotations;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// Generalised Jensen-Shannon divergence, beta KL(p_T || m) + (1 - beta) KL(p_S || m) with the mixture m = beta p_T + (1 - beta) p_S, of
/// p = softmax(logits / T) (GKD, Agarwal et al. 2024, arXiv 2306.13649). As in TRL, beta = 0 is KL(p_T || p_S), beta = 1 is
/// KL(p_S || p_T), and there is no factor T^2. It is 0 when student and teacher agree, and finite for beta within (0, 1).
/// </summary>
[Objective("jsd", Summary = "Generalised Jensen-Shannon divergence between teacher and student (GKD, arXiv 2306.13649).")]
public sealed class GeneralizedJsd : TokenObjective
{
    private readonly Options options;

    /// <summary>Makes the objective.</summary>
    /// <exception cref="UserError">An option is out of range.</exception>
    public GeneralizedJsd(Options options)
    {
        OptionLimits.Check(options);
        Scope = ScopeWeights.Read(options.Scope);
        this.options = options;
    }

    /// <summary>Settings of the generalised Jensen-Shannon divergence.</summary>
    public sealed record Options
    {
        /// <inheritdoc cref="ForwardKl.Options.Scope"/>
        [Range(0.0, 1e6)]
        public ValueMap<double> Scope { get; init; } = ScopeWeights.ResponseOnly;

        /// <summary>The teacher's share of the mixture, and the weight of its divergence, 0 to 1. Default: 0.5.</summary>
        [Range(0.0, 1.0)]
        public double Beta { get; init; } = 0.5;

        /// <summary>
        /// T, by which both models' logits are divided, 0.01 to 100; above 1 it brings out the teacher's smaller probabilities. Default: 1.
        /// </summary>
        [Range(0.01, 100.0)]
        public double Temperature { get; init; } = 1;

        /// <summary>
        /// Whether the mixture is (1 - beta) p_T + beta p_S, as in TRL up to 0.12; beta = 0 is then KL(p_S || p_T), beta = 1 is
        /// KL(p_T || p_S). Default: false.
        /// </summary>
        public bool SwappedMixture { get; init; }
    }

    /// <inheritdoc/>
    public override bool NeedsTeacher => true;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<TokenScope, double> Scope { get; }

    /// <inheritdoc/>
    public override double Temperature => options.Temperature;

    /// <inheritdoc/>
    public override (Tensor Losses, Tensor Gradient) Losses(TokenRows rows) => (options.Beta, options.SwappedMixture) switch
    {
        (0, false) or (1, true) => ForwardKl.Divergence(rows),
        (1, false) or (0, true) => ReverseKl.Divergence(rows),
        _ => Divergence(rows),
    };

    // With s = p_S, t = p_T, a = the teacher's share of m, the derivative by s is
    // g = (1 - beta) log(s / m) - (1 - a) (beta t + (1 - beta) s) / m + constant, and d/dz = s (g - sum_v s g).
    private (Tensor Losses, Tensor Gradient) Divergence(TokenRows rows)
    {
        double beta = options.Beta, share = options.SwappedMixture ? 1 - beta : beta;
        var mixture = (rows.Teacher + Math.Log(share)).LogAddExp(rows.Student + Math.Log(1 - share)); // [n, V]
        var (s, t) = (rows.StudentProbabilities, rows.TeacherProbabilities);
        var (noStudent, noTeacher) = (s.Equal(0.0), t.Equal(0.0));
        var fromStudent = (rows.Student - mixture).MaskedFill_(noStudent, 0);
        var fromTeacher = (rows.Teacher - mixture).MaskedFill_(noTeacher, 0);
        var losses = (t * fromTeacher * beta + s * fromStudent * (1 - beta)).Sum(-1);

        var slope = fromStudent * (1 - beta);
        if (share != beta) // else the second term is constant
        {
            var ratio = fromTeacher.Exp().MaskedFill(noTeacher, 0) * beta + fromStudent.Exp() * (1 - beta);
            slope = slope - ratio * (1 - share);
        }
        return (losses, s * (slope - (s * slope).Sum(-1, keep: true)));
    }
}
