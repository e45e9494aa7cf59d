using LlavaMod.Data;
using LlavaMod.Torch;

namespace LlavaMod.Objectives;

/// <summary>
/// log pi(response | prompt) of whole sequences: the sum of log p(next token) over the response, as LLaVA-MoD and TRL 0.8.6 compute it for
/// preference losses.
/// </summary>
public static class SequenceLogProbabilities
{
    private static readonly CrossEntropy NegativeLogProbability = new(new CrossEntropy.Options());

    /// <summary>Sums token log-probabilities sequence by sequence.</summary>
    /// <param name="student">Logits [N, V] at the chosen positions.</param>
    /// <param name="positions">The N positions and their targets.</param>
    /// <param name="sequences">The sequence of each position, N numbers from 0 to B - 1.</param>
    /// <param name="count">B.</param>
    /// <param name="average">Whether to divide each sum by its number of positions.</param>
    /// <returns>[B], Float32 (Float64 for Float64 logits), with gradient to the logits. A sequence without a position has sum 0.</returns>
    /// <exception cref="ArgumentException">An average is asked for and a sequence has no position.</exception>
    public static Tensor Of(Tensor student, TokenPositions positions, long[] sequences, int count, bool average = false)
    {
        using var scope = new TensorScope();
        var targets = Tensor.From(positions.Targets, positions.Count).To(student.Device);
        var sums = Sum(-NegativeLogProbability.PerToken(new TokenLogits(student, null, targets)), sequences, count); // [B]
        return scope.Return(average ? sums / Counts(sequences, count).To(student.Device) : sums);
    }

    /// <summary>As above, from the hidden states at the chosen positions and their targets, Int64 [N]: logits [N, V] never exist.</summary>
    internal static Tensor Of(HeadRows rows, Tensor targets, long[] sequences, int count)
    {
        using var scope = new TensorScope();
        return scope.Return(Sum(HeadLogProbabilities.Of(rows, targets), sequences, count));
    }

    // [N] -> [B]
    private static Tensor Sum(Tensor perToken, long[] sequences, int count) => Create.Zeros([count], perToken.DType, perToken.Device)
        .IndexAdd(0, Tensor.From(sequences, sequences.Length).To(perToken.Device), perToken);

    /// <summary>Sums over the positions whose next label is not -100.</summary>
    /// <param name="logits">All logits, [B, T, V].</param>
    /// <param name="labels">Labels as the data gives them, unshifted, Int64 [B, T]; -100 does not count.</param>
    /// <param name="average">Whether to divide each row's sum by its number of labels.</param>
    /// <returns>[B], Float32 (Float64 for Float64 logits), with gradient to the logits.</returns>
    /// <exception cref="ArgumentException">An average is asked for and a row has no label.</exception>
    public static Tensor Of(Tensor logits, Tensor labels, bool average = false)
    {
        using var scope = new TensorScope();
        int rows = checked((int)labels.Size(0)), length = checked((int)labels.Size(1));
        var tokens = labels.ToArray<long>();
        var kinds = Array.ConvertAll(tokens, token => token == TokenPositions.NoTarget ? TokenKind.Prompt : TokenKind.Response);
        var positions = TokenPositions.Select(kinds, tokens, length, TokenScope.Response);
        var chosen = logits.Reshape(-1, logits.Size(-1)).IndexSelect(0, Tensor.From(positions.Indices, positions.Count).To(logits.Device));
        return scope.Return(Of(chosen, positions, Array.ConvertAll(positions.Indices, index => index / length), rows, average));
    }

    private static Tensor Counts(long[] row, int rows)
    {
        var counts = new float[rows];
        foreach (long index in row) counts[index]++;
        int empty = Array.IndexOf(counts, 0);
        return empty < 0
            ? Tensor.From(counts, rows)
            : throw new ArgumentException($"row {empty} has no response token, so it has no average log-probability");
    }
}
