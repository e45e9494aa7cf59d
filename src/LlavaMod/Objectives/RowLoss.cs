using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// A loss of every row of logits [N, V], whose gradient is known in closed form. Autograd would keep several [N, V] tensors until backward
/// and make more on the way; here blocks of rows give their losses and, at once, their gradients, of which one [N, V] tensor in the logits'
/// own type is kept. Softmax and all after it is Float32 (Float64 for Float64 logits).
/// </summary>
internal sealed class RowLoss : CustomFunction
{
    // Elements of one block's temporaries: 16 MiB in Float32, large enough to keep a GPU busy.
    private const long MostElements = 1 << 22;

    private RowLoss()
    {
    }

    /// <summary>
    /// The losses of some rows, [n], and their gradients with respect to the logits after the temperature, [n, V].
    /// <paramref name="student"/> holds log-probabilities [n, V]; <paramref name="other"/> the teacher's, or targets [n].
    /// </summary>
    internal delegate (Tensor Losses, Tensor Gradient) Rows(Tensor student, Tensor other);

    /// <summary>The loss of the student's rows against target tokens, [N].</summary>
    public static Tensor AgainstTargets(TokenLogits logits, Rows rows)
    {
        var targets = logits.Targets ?? throw new InvalidOperationException("this objective needs target tokens");
        return Compute(logits.Student, targets, (student, some) => rows(LogProbabilities(student, student, 1), some));
    }

    /// <summary>
    /// The loss of the student's rows against the teacher's, [N]: of the log-probabilities of logits / <paramref name="temperature"/>,
    /// times <paramref name="scale"/>.
    /// </summary>
    public static Tensor AgainstTeacher(TokenLogits logits, double temperature, double scale, Rows rows)
    {
        var teacher = logits.Teacher ?? throw new InvalidOperationException("this objective needs teacher logits");
        if (!logits.Student.Shape.SequenceEqual(teacher.Shape))
        {
            throw new ArgumentException($"student logits are {logits.Student}, teacher logits {teacher}: the shapes must be equal", nameof(logits));
        }
        return Compute(logits.Student, teacher, (student, some) =>
        {
            var (losses, gradient) = rows(LogProbabilities(student, student, temperature), LogProbabilities(some, student, temperature));
            // Gradients are with respect to logits / temperature so far.
            return (scale == 1 ? losses : losses * scale, scale == temperature ? gradient : gradient * (scale / temperature));
        });
    }

    private static Tensor LogProbabilities(Tensor logits, Tensor student, double temperature)
    {
        var real = logits.To(Real(student));
        return (temperature == 1 ? real : real / temperature).LogSoftmax();
    }

    private static DType Real(Tensor student) => student.DType == DType.Float64 ? DType.Float64 : DType.Float32;

    private static Tensor Compute(Tensor student, Tensor other, Rows rows)
    {
        bool follows = GradMode.IsOn && student.RequiresGrad();
        using var scope = new TensorScope();
        Tensor losses;
        Tensor? gradient;
        using (GradMode.Off())
        {
            losses = Create.Empty([student.Size(0)], Real(student), student.Device);
            gradient = follows ? Create.EmptyLike(student) : null;
            long size = Math.Max(1, MostElements / student.Size(1));
            for (long start = 0; start < student.Size(0); start += size)
            {
                ComputeBlock(student, other, rows, losses, gradient, start, Math.Min(size, student.Size(0) - start));
            }
        }
        if (gradient is not null) new RowLoss().Attach([student], [losses], [gradient]);
        return scope.Return(losses);
    }

    private static void ComputeBlock(Tensor student, Tensor other, Rows rows, Tensor losses, Tensor? gradient, long start, long count)
    {
        using var scope = new TensorScope();
        var (blockLosses, blockGradient) = rows(student.Narrow(0, start, count), other.Narrow(0, start, count));
        losses.Narrow(0, start, count).Copy_(blockLosses);
        gradient?.Narrow(0, start, count).Copy_(blockGradient);
    }

    protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved) =>
        [gradients[0] is { } gradient ? saved[0].Clone().Multiply_(gradient.Unsqueeze(1)) : null];
}
