using LlavaMod.Torch;

namespace LlavaMod.Models.Experts;

/// <summary>The order in which assignments ask for a place in their expert. N tokens, K choices.</summary>
internal static class ExpertQueues
{
    /// <summary>
    /// Places counted from 0: first choices in the order of tokens, then second choices, which so stand behind all first ones, dropped or
    /// not (Lepikhin et al. 2020, "GShard", algorithm 1).
    /// </summary>
    // experts: [N, K] -> Int64 [N, K]
    public static Tensor ByPosition(Tensor experts)
    {
        using var scope = new TensorScope();
        long tokens = experts.Size(0), choices = experts.Size(1);
        var keys = experts.Transpose(0, 1).Reshape(-1); // [K * N]
        var (sorted, order) = keys.Sort();
        return scope.Return(Places(sorted, order).Reshape(choices, tokens).Transpose(0, 1));
    }

    /// <summary>Places counted from 0 by falling priority; equal ones in the order of tokens.</summary>
    // experts, priorities: [N, K] -> Int64 [N, K]
    public static Tensor ByPriority(Tensor experts, Tensor priorities)
    {
        using var scope = new TensorScope();
        var byPriority = priorities.Detach().Reshape(-1).Sort(descending: true).Order;
        var (sorted, order) = experts.Reshape(-1).IndexSelect(0, byPriority).Sort();
        return scope.Return(Places(sorted, byPriority.IndexSelect(0, order)).Reshape(experts.Shape));
    }

    // An entry's place is how far it stands behind the first of its expert. sorted: experts in rising order, order: where they came from.
    private static Tensor Places(Tensor sorted, Tensor order)
    {
        var places = Create.Range(0, sorted.Size(0), sorted.Device) - sorted.SearchSorted(sorted);
        return places.Scatter(0, order, places);
    }
}
