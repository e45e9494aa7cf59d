using LlavaMod.Torch;

namespace LlavaMod.Models.Experts;

/// <summary>
/// Routing as DeepSpeed does it: 0.9.5, which LLaVA-MoD runs on, for one and two choices; the newest (topkgating, drop policy "probs")
/// for more. All N tokens take part, padding too, and every expert has C = ceil(N / E * K * factor) places. Gates are divided by their
/// sum over the kept choices, but one choice alone keeps its probability.
/// </summary>
internal static class ReferenceGating
{
    private const double Epsilon = 1.1920929e-7; // of Float32: what a sum of gates is at least

    // logits, probabilities: [N, E]; noise: [N, E] or none: what TopOne and TopTwo draw
    public static Assignment Assign(Tensor logits, Tensor probabilities, int choices, double factor, int minimum, Tensor? noise)
    {
        long capacity = Capacity(logits.Size(0), logits.Size(1), choices, factor, minimum);
        return choices switch
        {
            1 => TopOne(probabilities, capacity, noise),
            2 => TopTwo(logits, probabilities, capacity, noise),
            _ => TopMany(probabilities, choices, capacity),
        };
    }

    // DeepSpeed multiplies in single precision.
    public static long Capacity(long tokens, long experts, int choices, double factor, int minimum) =>
        Math.Max(minimum, (long)MathF.Ceiling((float)((double)tokens / experts) * (float)(factor * choices)));

    /// <summary>
    /// One choice. The C tokens of an expert with the highest draws stay ("random token selection"); without draws, its first C.
    /// </summary>
    // uniform: [N, E]
    public static Assignment TopOne(Tensor probabilities, long capacity, Tensor? uniform)
    {
        using var scope = new TensorScope();
        var experts = probabilities.Argmax(1).Unsqueeze(1); // [N, 1]
        var places = uniform is null ? ExpertQueues.ByPosition(experts) : ExpertQueues.ByPriority(experts, uniform.Gather(1, experts));
        var kept = places.Less(capacity);
        return Return(scope, experts, probabilities.Gather(1, experts) * kept, kept);
    }

    /// <summary>Two choices. The second is the best of the others after noise is added to the logits.</summary>
    public static Assignment TopTwo(Tensor logits, Tensor probabilities, long capacity, Tensor? noise)
    {
        using var scope = new TensorScope();
        var first = probabilities.Argmax(1).Unsqueeze(1); // [N, 1]
        var others = (noise is null ? logits : logits + noise).Detach().Scatter(1, first, double.NegativeInfinity);
        var experts = Shaping.Cat([first, others.Argmax(1).Unsqueeze(1)], 1); // [N, 2]
        var kept = ExpertQueues.ByPosition(experts).Less(capacity);
        return Return(scope, experts, Renormalised(probabilities, experts, kept), kept);
    }

    /// <summary>Any number of choices. The C most probable assignments of an expert stay.</summary>
    public static Assignment TopMany(Tensor probabilities, int choices, long capacity)
    {
        using var scope = new TensorScope();
        var (sorted, order) = probabilities.Detach().Sort(descending: true);
        var experts = order.Narrow(1, 0, choices).Contiguous(); // [N, K]
        var kept = ExpertQueues.ByPriority(experts, sorted.Narrow(1, 0, choices)).Less(capacity);
        return Return(scope, experts, Renormalised(probabilities, experts, kept), kept);
    }

    private static Tensor Renormalised(Tensor probabilities, Tensor experts, Tensor kept)
    {
        var gates = probabilities.Gather(1, experts) * kept;
        return gates / gates.Sum(1, keep: true).ClampMin(Epsilon);
    }

    private static Assignment Return(TensorScope scope, Tensor experts, Tensor gates, Tensor kept) =>
        new(scope.Return(experts), scope.Return(gates), scope.Return(kept), scope.Return(kept.Not().Sum()));
}
