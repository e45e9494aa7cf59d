using LlavaMod.Models.Language;
using LlavaMod.Torch;

namespace LlavaMod.Models.Experts;

/// <summary>
/// Several feed-forward networks behind a router: y = sum of gate_e * expert_e(x) over the experts chosen for a token (LLaVA-MoD eq. 2).
/// Parameters: <c>gate.weight</c>, <c>experts.N.{gate,up,down}_proj.weight</c>; with a residual expert also <c>residual_expert.*</c> and
/// <c>coefficient.{weight,bias}</c>, whose softmax mixes the experts with a dense network (Rajbhandari et al. 2022, "DeepSpeed-MoE").
/// </summary>
internal sealed class SparseFfn : IFeedForward
{
    private readonly int layer;
    private readonly long hidden;
    private readonly ExpertsConfig config;
    private readonly Router router;
    private readonly SwiGlu[] experts;
    private readonly SwiGlu? residualExpert;
    private readonly Linear? coefficient;

    public SparseFfn(ParameterScope scope, int layer, long hidden, long intermediate, ExpertsConfig config)
    {
        this.layer = layer;
        this.hidden = hidden;
        this.config = config;
        var expertScope = scope.Of(ModelPart.Experts);
        router = new Router(scope / "gate", hidden, config);
        experts = [.. Enumerable.Range(0, config.NumExperts).Select(i => new SwiGlu(expertScope / "experts" / i, hidden, intermediate))];
        if (!config.UseResidual) return;
        residualExpert = new SwiGlu(expertScope / "residual_expert", hidden, intermediate);
        coefficient = new Linear((scope / "coefficient").Of(ModelPart.Routers), hidden, 2, bias: true);
    }

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, RoutingPass routing)
    {
        using var scope = new TensorScope();
        var tokens = x.Reshape(-1, hidden); // [N, D]
        var logits = router.Logits(tokens.To(DType.Float32));
        var probabilities = logits.Softmax();
        var assignment = router.Assign(logits, probabilities, routing);
        routing.Add(new LayerRouting(
            layer, logits, probabilities, assignment.Experts, config.Reference ? null : routing.TokenWeights, assignment.Dropped)
        {
            BalancedChoices = config is { Reference: true, TopK: 2 } ? 1 : config.TopK,
        });
        var mixed = Mix(tokens, assignment);
        if (residualExpert is not null) mixed = AddResidual(tokens, mixed, config.Reference ? null : routing.TokenMask);
        return scope.Return(mixed.Reshape(x.Shape));
    }

    // tokens: [N, D] -> [N, D]
    private Tensor Mix(Tensor tokens, Assignment assignment)
    {
        if (tokens.Size(0) == 1 && assignment.Kept is null && !GradMode.IsOn) return MixOne(tokens, assignment);
        var dispatch = Dispatch.Plan(assignment, config.NumExperts);
        return new ExpertMixture(dispatch, Array.ConvertAll(experts, expert => expert.Weights)).Forward(tokens, assignment.Gates);
    }

    // Generation: the token passes its experts as one, [1, 1, D], and needs no dispatch.
    private Tensor MixOne(Tensor token, Assignment assignment)
    {
        var x = token.Unsqueeze(0);
        var sum = Create.Zeros([1, hidden], device: token.Device);
        long[] chosen = assignment.Experts.ToArray<long>();
        for (int k = 0; k < chosen.Length; k++) sum.Add_(experts[chosen[k]].Forward(x).Squeeze(0) * assignment.Gates.Narrow(1, k, 1));
        return sum.To(token.DType);
    }

    // A pass of one token goes on as one: [1, 1, D].
    private static Tensor Run(SwiGlu expert, Tensor rows) => rows.Size(0) == 1 ? expert.Forward(rows.Unsqueeze(0)).Squeeze(0) : expert.Forward(rows);

    private Tensor AddResidual(Tensor tokens, Tensor mixed, Tensor? mask)
    {
        var shares = coefficient!.Forward(tokens).Softmax(-1, DType.Float32).To(tokens.DType); // [N, 2]
        var sum = mixed * shares.Narrow(1, 0, 1) + Run(residualExpert!, tokens) * shares.Narrow(1, 1, 1);
        return mask is null ? sum : sum * mask.Unsqueeze(1);
    }
}
