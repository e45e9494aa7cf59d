using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// Logits of a few positions: so few that what objectives make of them stays in a processor's caches, and enough to keep a GPU busy. Softmax and all after
/// it is Float32 (Float64 for Float64 logits), once for all objectives of one temperature.
/// </summary>
/// <param name="student">[n, V].</param>
/// <param name="teacher">
/// Of V' words, or null. Where one vocabulary is wider, its last rows pad it and stand for no word: both are cut to the narrower.
/// </param>
/// <param name="targets">Next tokens, Int64 [n], or null.</param>
internal sealed class TokenBlock(Tensor student, TeacherChunk? teacher, Tensor? targets)
{
    private readonly List<(double Temperature, long Words, TokenRows Rows)> known = [];

    /// <summary>The type of losses over logits of a type.</summary>
    public static DType Real(DType logits) => logits == DType.Float64 ? DType.Float64 : DType.Float32;

    /// <summary>How many positions make a block: 4 MiB of Float32 on a processor, 64 MiB on a GPU.</summary>
    public static long Size(long words, Device device) => Math.Max(1, (device.IsCpu ? 1 << 20 : 1 << 24) / Math.Max(1, words));

    /// <summary>
    /// An objective's losses [n] and their gradient, a tensor of its own: with respect to the logits [n, V], or the columns of them that it looks at.
    /// </summary>
    public (Tensor Losses, Tensor Gradient) Losses(TokenObjective objective)
    {
        var (losses, gradient) = objective.Losses(Rows(objective));
        // The gradient is with respect to logits / temperature so far.
        double scale = objective.LossScale, slope = scale / objective.Temperature;
        return (scale == 1 ? losses : losses * scale, slope == 1 ? gradient : gradient.Multiply_(slope));
    }

    /// <summary>What an objective computes its losses from.</summary>
    public TokenRows Rows(TokenObjective objective)
    {
        double temperature = objective.Temperature;
        long words = student.Size(1);
        if (objective.NeedsTeacher && teacher is { } other) words = Math.Min(words, other.Words);
        foreach (var entry in known)
        {
            if (entry.Temperature == temperature && entry.Words == words) return entry.Rows;
        }
        Func<Tensor>? mimicked = teacher?.Logits is { } expected ? () => LogProbabilities(expected, words, temperature) : null;
        var rows = new TokenRows(LogProbabilities(student, words, temperature), mimicked, teacher?.Sparse, targets);
        known.Add((temperature, words, rows));
        return rows;
    }

    private Tensor LogProbabilities(Tensor logits, long words, double temperature)
    {
        var real = (logits.Size(1) == words ? logits : logits.Narrow(1, 0, words)).To(Real(student.DType));
        return (temperature == 1 ? real : real / temperature).LogSoftmax();
    }
}
