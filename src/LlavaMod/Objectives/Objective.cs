using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// One term of a stage's loss. A recipe lists objectives with weights; the trainer sums them. There are three kinds: over tokens, over
/// preference pairs, and over routing. An objective is one class with one <c>[Objective("name")]</c>.
/// </summary>
public abstract class Objective
{
    private protected Objective()
    {
    }
}

/// <summary>A loss for every supervised position: cross-entropy, divergences between teacher and student.</summary>
public abstract class TokenObjective : Objective
{
    /// <summary>Whether teacher logits are needed.</summary>
    public abstract bool NeedsTeacher { get; }

    /// <summary>
    /// Why the losses cannot be computed from a cache of the teacher (<see cref="SparseTeacher"/>), in words; null where they can, or where no teacher is
    /// needed.
    /// </summary>
    public virtual string? CacheRefusal => NeedsTeacher ? "it needs the teacher's probabilities of all words, and a cache holds those of some" : null;

    /// <summary>
    /// Which positions count, and how much: every scope's losses are averaged over its own positions of the whole accumulated batch, then
    /// weighted.
    /// </summary>
    public abstract IReadOnlyDictionary<TokenScope, double> Scope { get; }

    /// <summary>
    /// Whether a position is chosen by its next token, whose distribution its logits are (correct), or by its own token, as LLaVA-MoD and
    /// LLAVADI do, which misses the first response token and adds the one after the end.
    /// </summary>
    public virtual bool Shifted => true;

    /// <summary>
    /// Whether scope <see cref="TokenScope.All"/> means every position, padding too, as LLaVA-MoD's <c>distill_all_tokens</c>.
    /// </summary>
    public virtual bool IncludesPadding => false;

    /// <summary>T, by which the logits of both models are divided before the softmax. Default: 1.</summary>
    public virtual double Temperature => 1;

    /// <summary>What the losses are multiplied by, as T^2 where gradients are to keep their size. Default: 1.</summary>
    public virtual double LossScale => 1;

    /// <summary>
    /// The distribution q, where the losses are KL(q || p_S): positions of such objectives have a faster way, <see cref="SoftTargets"/>, to the same
    /// losses and gradients. Default: none.
    /// </summary>
    internal virtual FixedTarget Against => FixedTarget.None;

    /// <summary>
    /// The losses of n positions, [n], and their gradient with respect to the student's logits / T, a new tensor [n, V]; both before
    /// <see cref="LossScale"/>. Called with recording off.
    /// </summary>
    public abstract (Tensor Losses, Tensor Gradient) Losses(TokenRows rows);

    /// <summary>
    /// The loss of each position, Float32 [N] whatever the logits' type (Float64 for Float64), with gradient to the student's logits only.
    /// </summary>
    /// <exception cref="ArgumentException">Student's and teacher's logits differ in shape.</exception>
    /// <exception cref="InvalidOperationException">What the objective needs, teacher logits or targets, is not there.</exception>
    public Tensor PerToken(TokenLogits logits) => RowLoss.Of(this, logits);
}

/// <summary>Logits at N chosen positions.</summary>
/// <param name="Student">Student logits [N, V].</param>
/// <param name="Teacher">Teacher logits [N, V] at the same positions, without gradient; null when the stage has no teacher.</param>
/// <param name="Targets">Next tokens, Int64 [N]; only where the scope is prompt or response (-100 elsewhere).</param>
public readonly record struct TokenLogits(Tensor Student, Tensor? Teacher, Tensor? Targets);

/// <summary>Which tokens a loss looks at.</summary>
public enum TokenScope
{
    /// <summary>The assistant's words: supervised text.</summary>
    Response,

    /// <summary>Text that the user or the template wrote.</summary>
    Prompt,

    /// <summary>Image positions.</summary>
    Visual,

    /// <summary>Every real token.</summary>
    All,
}

/// <summary>A loss for every pair of a chosen and a rejected answer.</summary>
public abstract class PreferenceObjective : Objective
{
    /// <summary>
    /// Whether a pair's loss depends on the other pairs of the batch. The trainer then gathers the log-probabilities of the whole
    /// accumulated batch before any gradient, so that the size of a micro-batch does not change the loss.
    /// </summary>
    public virtual bool UsesBatchStatistics => false;

    /// <summary>What a log-ratio of policy and reference is multiplied by, above 0: also the scale of the implicit rewards.</summary>
    public abstract double Beta { get; }

    /// <summary>Losses, Float32 [B] (kto_pair: [2 B], chosen half first), to be averaged.</summary>
    public abstract Tensor Losses(PreferenceLogProbabilities pairs);
}

/// <summary>Sequence log-probabilities (sums over response tokens) of B pairs, Float32 [B] each; the reference's carry no gradient.</summary>
public readonly record struct PreferenceLogProbabilities(
    Tensor PolicyChosen, Tensor PolicyRejected, Tensor ReferenceChosen, Tensor ReferenceRejected);

/// <summary>A loss on what the routers did: balance, router z-loss.</summary>
public abstract class RouterObjective : Objective
{
    /// <summary>The loss of one forward pass, shape [].</summary>
    public abstract Tensor Loss(IReadOnlyList<LayerRouting> layers);
}
