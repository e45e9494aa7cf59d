using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// What a token objective computes its losses from: the distributions p = softmax(logits / T) of student and teacher at n positions over V words,
/// Float32 (Float64 for Float64 logits). Objectives of one temperature share them, so none changes them in place. What only some objectives need is
/// computed when it is first asked for, and belongs to the scope that is then open.
/// </summary>
public sealed class TokenRows
{
    private readonly Func<Tensor>? teacher;
    private readonly Tensor? targets;
    private Tensor? studentProbabilities;
    private Tensor? teacherLogProbabilities;
    private Tensor? teacherProbabilities;
    private Tensor? targetLogProbabilities;

    internal TokenRows(Tensor student, Func<Tensor>? teacher, SparseTeacher? sparse, Tensor? targets) =>
        (Student, this.teacher, Sparse, this.targets) = (student, teacher, sparse, targets);

    /// <summary>log p_S, [n, V].</summary>
    public Tensor Student { get; }

    /// <summary>p_S, [n, V].</summary>
    public Tensor StudentProbabilities => studentProbabilities ??= Student.Exp();

    /// <summary>log p_T, [n, V].</summary>
    /// <exception cref="InvalidOperationException">There is no teacher.</exception>
    public Tensor Teacher => teacherLogProbabilities ??= (teacher ?? throw new InvalidOperationException("this objective needs teacher logits"))();

    /// <summary>p_T, [n, V].</summary>
    /// <exception cref="InvalidOperationException">There is no teacher.</exception>
    public Tensor TeacherProbabilities => teacherProbabilities ??= Teacher.Exp();

    /// <summary>What a cache holds of the teacher, in place of its distributions; null where the teacher is asked, or there is none.</summary>
    public SparseTeacher? Sparse { get; }

    /// <summary>The next token of each position, Int64 [n].</summary>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public Tensor Targets => targets ?? throw new InvalidOperationException("this objective needs target tokens");

    /// <summary>log p_S(next token), [n, 1].</summary>
    /// <exception cref="InvalidOperationException">There are no targets.</exception>
    public Tensor TargetLogProbabilities => targetLogProbabilities ??= Student.Gather(1, Targets.Unsqueeze(1));
}
