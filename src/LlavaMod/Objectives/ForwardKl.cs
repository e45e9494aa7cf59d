using System.ComponentModel.DataAnnotations;
using LlavaMod.Recipes;
using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// KL(p_T || p_S) = sum_v p_T(v) (log p_T(v) - log p_S(v)) of p = softmax(logits / T), times T^2 (Hinton et al. 2015, arXiv 1503.02531):
/// LLaVA-MoD's mimic loss (Shu et al. 2024, arXiv 2408.15881). It is 0 when student and teacher agree.
/// </summary>
/// <remarks>
/// Tokens to which the teacher gives probability 0 count as 0. A token that the student rules out (logit -infinity) and the teacher does
/// not makes the divergence infinite.
/// </remarks>
[Objective("forward-kl", Summary = "KL(teacher || student): mimic distillation (LLaVA-MoD, arXiv 2408.15881).")]
public sealed class ForwardKl : TokenObjective
{
    private readonly Options options;

    /// <summary>Makes the objective.</summary>
    /// <exception cref="UserError">An option is out of range, or a temperature is set in reference mode.</exception>
    public ForwardKl(Options options)
    {
        OptionLimits.Check(options);
        if (options is { Reference: true, Temperature: not 1 })
        {
            throw new UserError(FormattableString.Invariant(
                $"temperature is {options.Temperature} and reference is true; the reference has none: set temperature to 1, or reference to false"));
        }
        Scope = ScopeWeights.Read(options.Scope);
        this.options = options;
    }

    /// <summary>Settings of forward KL.</summary>
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

        /// <summary>
        /// Whether to compute what LLaVA-MoD's code does (2408.15881): -sum_v p_T(v) log p_S(v), the teacher's entropy not subtracted,
        /// products where log p_S = -infinity counted as 0, positions chosen by their own token, and in scope <c>all</c> by none, so that
        /// padding counts. Default: false.
        /// </summary>
        public bool Reference { get; init; }
    }

    /// <inheritdoc/>
    public override bool NeedsTeacher => true;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<TokenScope, double> Scope { get; }

    /// <inheritdoc/>
    public override string? CacheRefusal =>
        options.Reference ? "with reference: true it looks at other positions than a cache holds"
        : options.Temperature != 1 ? FormattableString.Invariant($"its temperature is {options.Temperature}, and a cache is of the teacher's distribution at temperature 1")
        : Scope.Keys.Any(scope => scope != TokenScope.Response) ? "its scope counts other tokens than the response, which alone a cache holds"
        : null;

    /// <inheritdoc/>
    public override bool Shifted => !options.Reference;

    /// <inheritdoc/>
    public override bool IncludesPadding => options.Reference;

    /// <inheritdoc/>
    public override double Temperature => options.Temperature;

    /// <inheritdoc/>
    public override double LossScale => options.Temperature * options.Temperature;

    /// <inheritdoc/>
    internal override FixedTarget Against => options.Reference ? FixedTarget.None : FixedTarget.Teacher;

    /// <inheritdoc/>
    public override (Tensor Losses, Tensor Gradient) Losses(TokenRows rows) =>
        options.Reference ? WithoutEntropy(rows) : rows.Sparse?.Divergence(rows.Student, rows.StudentProbabilities) ?? Divergence(rows);

    // d/dz = p_S - p_T
    internal static (Tensor Losses, Tensor Gradient) Divergence(TokenRows rows)
    {
        var p = rows.TeacherProbabilities; // [n, V]
        var terms = (rows.Teacher - rows.Student).MaskedFill_(p.Equal(0.0), 0).Multiply_(p);
        return (terms.Sum(-1), rows.StudentProbabilities - p);
    }

    // With w = p_T where the student's logit is finite and 0 elsewhere, d/dz = p_S sum_v w - w.
    private static (Tensor Losses, Tensor Gradient) WithoutEntropy(TokenRows rows)
    {
        var ruledOut = rows.Student.Equal(double.NegativeInfinity);
        var weights = rows.TeacherProbabilities.MaskedFill(ruledOut, 0); // [n, V]
        var losses = rows.Student.MaskedFill(ruledOut, 0).Multiply_(weights).Sum(-1);
        return (-losses, (rows.StudentProbabilities * weights.Sum(-1, keep: true)).Add_(weights, -1));
    }
}
