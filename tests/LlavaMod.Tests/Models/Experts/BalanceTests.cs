using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models.Experts;

public sealed class BalanceTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Uniform_routing_is_exactly_1(int choices)
    {
        var probabilities = Create.Full([8, 4], 0.25);
        var experts = Tensor.From([.. Enumerable.Range(0, 8).SelectMany(n => Enumerable.Range(0, choices).Select(k => (long)(n + k) % 4))], 8, choices);
        Balance.Loss(probabilities, experts, null).Item<float>().ShouldBe(1);
    }

    [Fact]
    public void Collapsed_routing_is_exactly_the_number_of_experts()
    {
        var experts = Create.Zeros([8, 1], DType.Int64);
        Balance.Loss(Balance.Chosen(experts, 4), experts, null).Item<float>().ShouldBe(4);
    }

    // The third token is padding. Two real tokens choose 0, 1 and 0, 2: f = (1/2, 1/4, 1/4); P = (0.6, 0.3, 0.1).
    [Fact]
    public void It_is_the_sum_over_experts_of_share_times_mean_probability()
    {
        var probabilities = Tensor.From([0.7f, 0.2f, 0.1f, 0.5f, 0.4f, 0.1f, 0, 0, 1], 3, 3);
        var experts = Tensor.From([0L, 1, 0, 2, 2, 1], 3, 2);
        Balance.Loss(probabilities, experts, Tensor.From([0.5f, 0.5f, 0], 3)).Item<double>()
            .ShouldBe(3 * (0.5 * 0.6 + 0.25 * 0.3 + 0.25 * 0.1), 1e-6);
    }

    [Fact]
    public void Its_gradient_pushes_probability_away_from_the_busiest_expert()
    {
        var logits = Tensor.From([2f, 1, 0, 2, 0, 1], 2, 3).RequireGrad();
        var probabilities = logits.Softmax();
        Balance.Loss(probabilities, probabilities.Argmax(1).Unsqueeze(1), null).Backward();
        var slopes = logits.Grad()!.ToArray<float>();
        slopes[0].ShouldBeGreaterThan(0);
        slopes[3].ShouldBeGreaterThan(0);
        slopes[1].ShouldBeLessThan(0);
    }
}
