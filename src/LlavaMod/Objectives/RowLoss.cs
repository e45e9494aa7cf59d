using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// An objective's loss of every row of logits [N, V], whose gradient is known in closed form: blocks of rows give their losses and, at once, their
/// gradients, of which one [N, V] tensor in the logits' own type is kept. Training has no such logits: <see cref="HeadLoss"/>.
/// </summary>
internal sealed class RowLoss : CustomFunction
{
    private RowLoss()
    {
    }

    /// <summary>The losses, [N].</summary>
    public static Tensor Of(TokenObjective objective, TokenLogits logits)
    {
        var student = logits.Student;
        if (objective.NeedsTeacher && logits.Teacher is { } teacher && !student.Shape.SequenceEqual(teacher.Shape))
        {
            throw new ArgumentException($"student logits are {student}, teacher logits {teacher}: the shapes must be equal", nameof(logits));
        }
        bool follows = GradMode.IsOn && student.RequiresGrad();
        using var scope = new TensorScope();
        Tensor losses;
        Tensor? gradient;
        using (GradMode.Off())
        {
            losses = Create.Empty([student.Size(0)], TokenBlock.Real(student.DType), student.Device);
            gradient = follows ? Create.EmptyLike(student) : null;
            foreach (var (start, count) in HeadRows.Cut(0, student.Size(0), TokenBlock.Size(student.Size(1), student.Device)))
            {
                Compute(objective, logits, losses, gradient, start, count);
            }
        }
        if (gradient is not null) new RowLoss().Attach([student], [losses], [gradient]);
        return scope.Return(losses);
    }

    private static void Compute(TokenObjective objective, TokenLogits logits, Tensor losses, Tensor? gradient, long start, long count)
    {
        using var scope = new TensorScope();
        TeacherChunk? teacher = logits.Teacher is { } mimicked ? new TeacherChunk(mimicked.Narrow(0, start, count)) : null;
        var block = new TokenBlock(logits.Student.Narrow(0, start, count), teacher, logits.Targets?.Narrow(0, start, count));
        var (some, slopes) = block.Losses(objective);
        losses.Narrow(0, start, count).Copy_(some);
        gradient?.Narrow(0, start, count).Copy_(slopes);
    }

    protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved) =>
        [gradients[0] is { } gradient ? saved[0].Clone().Multiply_(gradient.Unsqueeze(1)) : null];
}
