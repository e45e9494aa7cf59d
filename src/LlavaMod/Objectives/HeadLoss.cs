using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// The output projection and every token objective behind it, forward and backward at once. Chunk after chunk of positions, logits are computed, turned into
/// losses and, in place, into the losses' gradients, which are multiplied with the projection and, where it is trained, with the hidden states. What is kept
/// until backward is [N, D] and [V, D]; no [N, V] tensor ever exists.
/// </summary>
internal sealed class HeadLoss : CustomFunction
{
    private readonly HeadRows student;
    private readonly ITeacherRows? teacher;
    private readonly Tensor? targets;
    private readonly IReadOnlyList<HeadTerm> terms;
    private readonly bool ofHidden;
    private readonly bool ofWeight;
    private readonly Tensor values; // [terms]
    private readonly Tensor total;  // []

    private HeadLoss(HeadRows student, ITeacherRows? teacher, Tensor? targets, IReadOnlyList<HeadTerm> terms)
    {
        (this.student, this.teacher, this.targets, this.terms) = (student, teacher, targets, terms);
        (ofHidden, ofWeight) = (GradMode.IsOn && student.Hidden.RequiresGrad(), GradMode.IsOn && student.Weight.RequiresGrad());
        var type = TokenBlock.Real(student.Hidden.DType);
        values = Create.Zeros([terms.Count], type, student.Hidden.Device);
        total = Create.Zeros([], type, student.Hidden.Device);
    }

    /// <summary>Sums of losses over N positions.</summary>
    /// <param name="student">Hidden states and projection; either may require a gradient.</param>
    /// <param name="teacher">What the objectives know of the teacher at the same positions; null where none needs one.</param>
    /// <param name="targets">Next tokens, Int64 [N]; -100 where no term needs one.</param>
    /// <param name="groups">Which terms look at which positions: all of them, in order.</param>
    /// <param name="terms">What is summed.</param>
    /// <returns>
    /// Each term's sum times its share, [terms], without gradient; and their sum by weight, [], which carries the gradient. Float32 (Float64 for such models).
    /// </returns>
    public static (Tensor Values, Tensor Total) Of(
        HeadRows student, ITeacherRows? teacher, Tensor? targets, IReadOnlyList<RowGroup> groups, IReadOnlyList<HeadTerm> terms)
    {
        using var scope = new TensorScope();
        var loss = new HeadLoss(student, teacher, targets, terms);
        loss.Attach([student.Hidden, student.Weight], [loss.total], loss.Compute(groups));
        return scope.Return(loss.values, loss.total);
    }

    // The gradients that are wanted.
    private Tensor[] Compute(IReadOnlyList<RowGroup> groups)
    {
        using var mode = GradMode.Off();
        var gradient = ofHidden || ofWeight ? new HeadGradient(student, ofHidden, ofWeight) : null;
        foreach (var (start, count) in HeadRows.Cut(0, student.Count, student.ChunkSize)) AddChunk(start, count, groups, gradient);
        return [.. new[] { gradient?.OfHidden, gradient?.OfWeight }.OfType<Tensor>()];
    }

    private void AddChunk(long start, long count, IReadOnlyList<RowGroup> groups, HeadGradient? gradient)
    {
        using var scope = new TensorScope();
        long end = start + count;
        var parts = groups.Select(group => (group.Terms, Start: Math.Max(start, group.Start), End: Math.Min(end, group.Start + group.Count)))
            .Where(part => part.Start < part.End).ToList();
        var logits = student.Logits(start, count); // [n, V]; their gradients take their place
        TeacherChunk? mimicked = parts.Any(part => part.Terms.Any(term => terms[term].Objective.NeedsTeacher)) ? teacher?.Chunk(start, count) : null;
        foreach (var part in parts)
        {
            var (first, length) = (part.Start - start, part.End - part.Start);
            AddPart(logits.Narrow(0, first, length), mimicked?.Narrow(first, length), targets?.Narrow(0, part.Start, length), part.Terms, gradient is not null);
        }
        gradient?.Add(start, logits);
    }

    // Positions that the same terms look at.
    private void AddPart(Tensor logits, TeacherChunk? mimicked, Tensor? next, int[] looking, bool follows)
    {
        if (AddFixedTargets(logits, mimicked, next, looking)) return;
        foreach (var (first, length) in HeadRows.Cut(0, logits.Size(0), student.BlockSize))
        {
            AddBlock(logits.Narrow(0, first, length), mimicked?.Narrow(first, length), next?.Narrow(0, first, length), looking, follows);
        }
    }

    // In one pass over memory, where terms and tensors allow it.
    private bool AddFixedTargets(Tensor logits, TeacherChunk? mimicked, Tensor? next, int[] looking)
    {
        var fixedTerms = new FixedTargetTerms([.. looking.Select(index => terms[index])]);
        if (!fixedTerms.Fit || Replace(fixedTerms, logits, mimicked, next) is not { } sums) return false;
        foreach (int index in looking)
        {
            var term = terms[index];
            double loss = term.Share * term.Objective.LossScale * (term.Objective.Against == FixedTarget.Teacher ? sums.Divergence : sums.Surprisal);
            values.Select(0, index).Add_(loss);
            if (term.Weight != 0) total.Add_(loss * term.Weight);
        }
        return true;
    }

    // Null where the tensors do not allow it; they are then as they were.
    private static SoftTargets.Sums? Replace(FixedTargetTerms fixedTerms, Tensor logits, TeacherChunk? mimicked, Tensor? next)
    {
        var weights = fixedTerms.Weights;
        if (fixedTerms.Mimic && mimicked?.Sparse is { } sparse) return next is not null && sparse.Replaces(logits, weights.Temperature) ? sparse.Replace(logits, next, weights) : null;
        var expected = fixedTerms.Mimic ? mimicked?.Logits : null;
        if (fixedTerms.Mimic != expected is not null || (fixedTerms.Predict && next is null)) return null;
        if (!SoftTargets.Take(logits, expected) || (expected is not null && expected.Size(1) != logits.Size(1))) return null;
        return SoftTargets.Replace(logits, expected, fixedTerms.Predict ? next : null, weights);
    }

    // The gradients take the place of the logits.
    private void AddBlock(Tensor logits, TeacherChunk? mimicked, Tensor? next, int[] looking, bool follows)
    {
        using var scope = new TensorScope();
        var block = new TokenBlock(logits, mimicked, next);
        Tensor? sum = null; // of the terms' gradients by the logits, [n, V]
        foreach (int index in looking)
        {
            var term = terms[index];
            var (losses, gradient) = block.Losses(term.Objective);
            double factor = term.Share * term.Weight;
            var loss = losses.Sum();
            values.Select(0, index).Add_(loss, term.Share);
            if (factor == 0) continue; // reported alone: what is not finite stays out of the total
            total.Add_(loss, factor);
            if (follows) sum = Sum(sum, gradient, factor, logits.Size(1));
        }
        if (!follows) return;
        if (sum is null) logits.Fill_(0);
        else logits.Copy_(sum);
    }

    private static Tensor Sum(Tensor? sum, Tensor gradient, double factor, long words)
    {
        long width = gradient.Size(1);
        if (sum is null && width == words) return gradient.Multiply_(factor);
        sum ??= Create.Zeros([gradient.Size(0), words], gradient.DType, gradient.Device);
        (width == words ? sum : sum.Narrow(1, 0, width)).Add_(gradient, factor);
        return sum;
    }

    protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved)
    {
        if (gradients[0] is not { } gradient) return [null, null];
        // A loss that is itself differentiated has the gradient 1, and [V, D] needs no pass. Nothing is scaled in place: backward may come again.
        bool isOne = gradient.Device.IsCpu && gradient.Item<double>() == 1;
        return [ofHidden ? Scaled(saved[0]) : null, ofWeight ? Scaled(saved[^1]) : null];

        Tensor Scaled(Tensor tensor) => isOne ? tensor : tensor * gradient;
    }
}
