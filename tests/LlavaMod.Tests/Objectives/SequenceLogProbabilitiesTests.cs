using LlavaMod.Data;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Objectives;

public sealed class SequenceLogProbabilitiesTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    // Two rows of four; the answers are tokens 1, 2 and token 0.
    private static readonly long[] Labels = [-100, 1, 2, -100, -100, -100, -100, 0];

    [Fact]
    public void It_sums_over_the_labels_and_reads_each_from_the_position_before()
    {
        var logits = TestLogits.Normal(1, DType.Float64, 2, 4, 3);
        var log = logits.LogSoftmax().ToArray<double>();
        double At(int row, int position, int token) => log[(row * 4 + position) * 3 + token];
        double[] sums = [At(0, 0, 1) + At(0, 1, 2), At(1, 2, 0)];
        SequenceLogProbabilities.Of(logits, Tensor.From(Labels, 2, 4)).ToArray<double>().ShouldBe(sums, 1e-12);
        SequenceLogProbabilities.Of(logits, Tensor.From(Labels, 2, 4), average: true).ToArray<double>()
            .ShouldBe([sums[0] / 2, sums[1]], 1e-12);
    }

    [Fact]
    public void Its_gradient_is_the_slope() => FiniteDifferences.ShouldMatch(
        logits => SequenceLogProbabilities.Of(logits, Tensor.From(Labels, 2, 4), average: true), TestLogits.Normal(1, DType.Float64, 2, 4, 3));

    [Fact]
    public void A_row_without_an_answer_has_sum_zero_and_no_average()
    {
        var logits = TestLogits.Normal(1, DType.Float32, 2, 2, 3);
        var labels = Tensor.From([-100L, 1, -100, -100], 2, 2);
        SequenceLogProbabilities.Of(logits, labels).ToArray<float>()[1].ShouldBe(0);
        Should.Throw<ArgumentException>(() => SequenceLogProbabilities.Of(logits, labels, average: true)).Message.ShouldContain("row 1");
    }

    [Fact]
    public void Logits_at_chosen_positions_alone_give_the_same()
    {
        var logits = TestLogits.Normal(1, DType.Float32, 2, 4, 3);
        var kinds = Array.ConvertAll(Labels, label => label < 0 ? TokenKind.Prompt : TokenKind.Response);
        var positions = TokenPositions.Select(kinds, Labels, 4, TokenScope.Response);
        var chosen = logits.Reshape(8, 3).IndexSelect(0, Tensor.From(positions.Indices, positions.Count));
        SequenceLogProbabilities.Of(chosen, positions, Array.ConvertAll(positions.Indices, index => index / 4), count: 2).ToArray<float>()
            .ShouldBe(SequenceLogProbabilities.Of(logits, Tensor.From(Labels, 2, 4)).ToArray<float>());
    }
}
