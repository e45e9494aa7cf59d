using LlavaMod.Torch;

namespace LlavaMod.Models.Experts;

/// <summary>
/// Decides which experts see a token: the K most probable of softmax(W x), weighted by their probabilities, renormalised over these K
/// (LLaVA-MoD eq. 3; Lepikhin et al. 2020). The same in training and evaluation, without noise. With K = 1 every weight is 1, and the
/// router learns from its balance loss alone.
/// </summary>
/// <remarks>
/// A token counts, and asks for places, only if it is real. With a capacity factor an expert takes C = ceil(tokens * K / E * factor)
/// assignments, or MinCapacity if that is more; places are given as <see cref="ExpertQueues.ByPosition"/> says, what finds its expert
/// full is dropped, and the weights of a token are renormalised over what remains.
/// </remarks>
internal sealed class Router
{
    private const double Rounding = 1e-6; // 10 * 1.1 = 11.000000000000002 is 11 places

    private readonly ExpertsConfig config;
    private readonly Tensor weight; // [E, D]

    public Router(ParameterScope scope, long hidden, ExpertsConfig config)
    {
        this.config = config;
        // Always Float32: a rounded logit changes which expert a token sees.
        weight = scope.Of(ModelPart.Routers).Parameter("weight", [config.NumExperts, hidden], Initializer.Normal(0.02), DType.Float32);
    }

    // x: Float32 [N, D] -> [N, E]
    public Tensor Logits(Tensor x) => x.Linear(weight);

    // logits, probabilities: [N, E]
    public Assignment Assign(Tensor logits, Tensor probabilities, RoutingPass pass)
    {
        using var scope = new TensorScope();
        double? factor = pass.Training ? config.CapacityFactor : config.EvalCapacityFactor;
        var assignment = config.Reference
            ? ReferenceGating.Assign(logits, probabilities, config.TopK, factor!.Value, config.MinCapacity, pass.SecondExpertNoise?.Invoke(pass.Layers.Count))
            : AssignBest(logits, pass, factor);
        return new Assignment(
            scope.Return(assignment.Experts),
            scope.Return(assignment.Gates),
            assignment.Kept is null ? null : scope.Return(assignment.Kept),
            assignment.Dropped is null ? null : scope.Return(assignment.Dropped));
    }

    private Assignment AssignBest(Tensor logits, RoutingPass pass, double? factor)
    {
        // A stable sort instead of a top-k: equal logits go to the lower index on every device.
        var experts = logits.Detach().Sort(descending: true).Order.Narrow(1, 0, config.TopK).Contiguous(); // [N, K]
        var chosen = logits.Gather(1, experts);
        var real = pass.TokenMask?.Unsqueeze(1).Expand(-1, config.TopK);
        if (factor is null) return new Assignment(experts, chosen.Softmax(), real, null);

        long capacity = Capacity(pass.RealTokens(logits.Size(0)), factor.Value);
        // Padding queues for an expert that does not exist.
        var queued = real is null ? experts : experts.MaskedFill(real.Not(), config.NumExperts);
        var full = ExpertQueues.ByPosition(queued).Less(capacity).Not();
        var dropped = real is null ? full : full.And(real);
        // The lowest finite number instead of -inf: a token without any expert left gets weights that nothing uses, not NaN.
        var gates = chosen.MaskedFill(dropped, float.MinValue).Softmax();
        var kept = real is null ? dropped.Not() : real.And(dropped.Not());
        return new Assignment(experts, gates, kept, dropped.Sum());
    }

    private long Capacity(long tokens, double factor) =>
        Math.Max(config.MinCapacity, (long)Math.Ceiling((double)tokens * config.TopK / config.NumExperts * factor - Rounding));
}
