using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Objectives;

/// <summary>Log-probabilities of tokens from hidden states, chunk by chunk, against logits of all positions and autograd.</summary>
public sealed class HeadLogProbabilitiesTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    private static Tensor Plain(Tensor hidden, Tensor weight, Tensor targets) =>
        hidden.Linear(weight).LogSoftmax().Gather(1, targets.Unsqueeze(1)).Squeeze(1);

    private static (Tensor Hidden, Tensor Weight, Tensor Targets) Inputs(int n, DType dtype) => (
        TestLogits.Normal(21, dtype, n, 6), TestLogits.Normal(22, dtype, 11, 6) * 0.3,
        Tensor.From(Enumerable.Range(0, n).Select(i => 5L * i % 11).ToArray(), n));

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void Each_position_is_differentiated_by_its_own_weight(bool ofHidden, bool ofWeight)
    {
        foreach (int n in new[] { 1, 2, 7 })
        {
            foreach (var (chunk, block) in new[] { (3, 2), (1, 1), (100, 100) })
            {
                var (hidden, weight, targets) = Inputs(n, DType.Float64);
                hidden.RequireGrad(ofHidden);
                weight.RequireGrad(ofWeight);
                var found = HeadLogProbabilities.Of(new HeadRows(hidden, weight) { ChunkSize = chunk, BlockSize = block }, targets);
                var expected = Plain(hidden, weight, targets);
                found.ToArray<double>().ShouldBe(expected.ToArray<double>(), 1e-12);
                var upstream = TestLogits.Normal(23, DType.Float64, n);
                Tensor[] leaves = [.. new[] { hidden, weight }.Where(leaf => leaf.RequiresGrad())];
                var slopes = Gradients.Of(found, leaves, upstream, retainGraph: true);
                var again = Gradients.Of(found, leaves, upstream);
                var plain = Gradients.Of(expected, leaves, upstream);
                for (int i = 0; i < leaves.Length; i++)
                {
                    slopes[i]!.ToArray<double>().ShouldBe(plain[i]!.ToArray<double>(), 1e-12);
                    again[i]!.ToArray<double>().ShouldBe(slopes[i]!.ToArray<double>());
                }
            }
        }
    }

    [Fact]
    public void Without_recording_there_are_values_alone()
    {
        var (hidden, weight, targets) = Inputs(7, DType.Float32);
        weight.RequireGrad();
        using var mode = GradMode.Off();
        var found = HeadLogProbabilities.Of(new HeadRows(hidden.RequireGrad(), weight) { ChunkSize = 2 }, targets);
        found.RequiresGrad().ShouldBeFalse();
        found.ToArray<float>().ShouldBe(Plain(hidden, weight, targets).ToArray<float>(), 1e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void In_16_bits_they_are_of_32(bool ofWeight)
    {
        var (hidden, weight, targets) = Inputs(9, DType.BFloat16);
        var (full, fullWeight) = (hidden.To(DType.Float64).RequireGrad(), weight.To(DType.Float64).RequireGrad());
        hidden.RequireGrad();
        weight.RequireGrad(ofWeight);
        var found = HeadLogProbabilities.Of(new HeadRows(hidden, weight) { ChunkSize = 4 }, targets);
        found.DType.ShouldBe(DType.Float32);
        var expected = Plain(full, fullWeight, targets);
        found.ToArray<double>().ShouldBe(expected.ToArray<double>(), 0.05);
        found.Sum().Backward();
        expected.Sum().Backward();
        ShouldBeNear(hidden.Grad()!, full.Grad()!);
        if (ofWeight) ShouldBeNear(weight.Grad()!, fullWeight.Grad()!);
    }

    private static void ShouldBeNear(Tensor found, Tensor expected)
    {
        var values = expected.ToArray<double>();
        found.ToArray<double>().ShouldBe(values, 0.02 * values.Max(Math.Abs));
    }
}
