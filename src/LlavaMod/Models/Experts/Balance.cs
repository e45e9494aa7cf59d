using LlavaMod.Torch;

namespace LlavaMod.Models.Experts;

/// <summary>How evenly tokens spread over experts. N tokens, E experts, K counted choices.</summary>
internal static class Balance
{
    // E * sum_e f_e P_e. probabilities: [N, E], choices: [N, K], weights: [N] or null -> []
    public static Tensor Loss(Tensor probabilities, Tensor choices, Tensor? weights)
    {
        using var scope = new TensorScope();
        long experts = probabilities.Size(1), counted = choices.Size(1);
        var shares = MeanOverTokens(Chosen(choices, experts), weights); // f_e * K, [E]
        var mean = MeanOverTokens(probabilities, weights);              // P_e, [E]
        return scope.Return((shares * mean).Sum() * ((double)experts / counted));
    }

    // 1 where a token chose an expert. choices: [N, K] -> Float32 [N, E]
    public static Tensor Chosen(Tensor choices, long experts) =>
        Create.Zeros([choices.Size(0), experts], device: choices.Device).Scatter(1, choices, 1);

    // values: [N, C] -> [C]
    public static Tensor MeanOverTokens(Tensor values, Tensor? weights) => weights is null ? values.Mean(0) : weights.Matmul(values);
}
