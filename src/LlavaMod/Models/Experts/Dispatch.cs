using LlavaMod.Torch;

namespace LlavaMod.Models.Experts;

/// <summary>
/// The way of N tokens to their experts and back, as index vectors. Kept assignments, sorted by expert, are the M rows that the experts
/// compute: one contiguous segment an expert.
/// </summary>
/// <param name="Tokens">The token of every row, Int64 [M].</param>
/// <param name="Order">Which assignment every row is, Int64 [M]: choice * N + token.</param>
/// <param name="Rows">The row of every assignment, Int64 [K, N]; M, a row of zeros, where it is not kept.</param>
/// <param name="Counts">Rows of each expert.</param>
/// <param name="IsPadded">Whether some assignment is not kept.</param>
internal sealed record Dispatch(Tensor Tokens, Tensor Order, Tensor Rows, long[] Counts, bool IsPadded)
{
    /// <summary>Sorts assignments by expert. Waits for the device once, to learn how many rows every expert has.</summary>
    public static Dispatch Plan(Assignment assignment, int experts)
    {
        using var scope = new TensorScope();
        long tokens = assignment.Experts.Size(0), choices = assignment.Experts.Size(1), all = tokens * choices;
        var keys = assignment.Kept is null ? assignment.Experts : assignment.Experts.MaskedFill(assignment.Kept.Not(), experts);
        var (sorted, order) = keys.Transpose(0, 1).Reshape(-1).Sort();
        long[] ends = sorted.SearchSorted(Create.Range(1, experts + 1, sorted.Device)).ToArray<long>();
        long rows = ends[^1];
        var places = order.Scatter(0, order, Create.Range(0, all, order.Device)); // the inverse permutation
        if (rows < all) (places, order) = (places.ClampMax(rows), order.Narrow(0, 0, rows));
        return new Dispatch(
            scope.Return(order.Remainder(tokens)),
            scope.Return(order),
            scope.Return(places.Reshape(choices, tokens)),
            [.. ends.Select((end, expert) => end - (expert == 0 ? 0 : ends[expert - 1]))],
            rows < all);
    }
}
