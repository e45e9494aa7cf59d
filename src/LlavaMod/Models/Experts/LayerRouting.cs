using LlavaMod.Torch;

namespace LlavaMod.Models.Experts;

/// <summary>What one sparse layer did in one pass. N = B * T tokens, E experts, K choices of each token.</summary>
/// <param name="Layer">Index of the decoder layer.</param>
/// <param name="Logits">Router logits, Float32 [N, E].</param>
/// <param name="Probabilities">Their softmax, Float32 [N, E].</param>
/// <param name="Experts">Chosen experts, Int64 [N, K], best first. What stands there for padding means nothing.</param>
/// <param name="TokenWeights">
/// What every token counts in a mean over tokens, Float32 [N], adding up to 1; null when all tokens took part equally.
/// </param>
/// <param name="Dropped">Assignments that found their expert full, Int64 []; null when nothing can be dropped.</param>
public sealed record LayerRouting(
    int Layer, Tensor Logits, Tensor Probabilities, Tensor Experts, Tensor? TokenWeights, Tensor? Dropped)
{
    /// <summary>How many of the K choices the balance loss counts: DeepSpeed's top-2 counts the first alone.</summary>
    internal int BalancedChoices { get; init; } = (int)Experts.Size(1);

    /// <summary>
    /// E * sum_e f_e P_e with f_e = share of the choices that fell on expert e and P_e = its mean probability: 1 when routing is uniform
    /// and E when it has collapsed (Fedus et al. 2021, "Switch Transformers", eq. 4, over all K choices). Scalar with gradient.
    /// </summary>
    public Tensor BalanceLoss()
    {
        using var scope = new TensorScope();
        return scope.Return(Experts.Size(1) == BalancedChoices
            ? Balance.Loss(Probabilities, Experts, TokenWeights)
            : Balance.Loss(Probabilities, Experts.Narrow(1, 0, BalancedChoices), TokenWeights));
    }
}
