using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Objectives;

public sealed class RouterObjectiveTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    private static LayerRouting Uniform(int layer) =>
        new(layer, Create.Zeros([4, 4]), Create.Full([4, 4], 0.25), Tensor.From([0L, 1, 2, 3], 4, 1), null, null);

    private static LayerRouting Collapsed(int layer) =>
        new(layer, Create.Zeros([4, 4]), Create.Zeros([4, 4]).Scatter(1, Create.Zeros([4, 1], DType.Int64), 1), Create.Zeros([4, 1], DType.Int64), null, null);

    [Fact]
    public void Load_balance_is_1_for_uniform_routing_in_any_number_of_layers()
    {
        var objective = new LoadBalance(new());
        objective.Loss([Uniform(0)]).Item<float>().ShouldBe(1);
        objective.Loss([Uniform(0), Uniform(2), Uniform(4)]).Item<float>().ShouldBe(1);
        objective.Loss([Collapsed(0), Collapsed(2)]).Item<float>().ShouldBe(4);
        objective.Loss([Uniform(0), Collapsed(2)]).Item<float>().ShouldBe(2.5f);
    }

    [Fact]
    public void The_reference_sums_over_layers() =>
        new LoadBalance(new() { Reference = true }).Loss([Uniform(0), Uniform(2), Collapsed(4)]).Item<float>().ShouldBe(6);

    // log(1 + 1) and log(1 + 3); the last token is padding.
    [Fact]
    public void Router_z_is_the_mean_square_of_the_log_sum_of_exponentials()
    {
        var logits = Tensor.From([0f, 0, 0, MathF.Log(3), 50, 50], 3, 2);
        var layer = new LayerRouting(0, logits, logits.Softmax(), Create.Zeros([3, 1], DType.Int64), Tensor.From([0.5f, 0.5f, 0], 3), null);
        double expected = (Math.Pow(Math.Log(2), 2) + Math.Pow(Math.Log(4), 2)) / 2;
        new RouterZ().Loss([layer]).Item<double>().ShouldBe(expected, 1e-6);
        new RouterZ().Loss([layer, layer with { Layer = 2 }]).Item<double>().ShouldBe(expected, 1e-6);
        double all = (expected * 2 + Math.Pow(50 + Math.Log(2), 2)) / 3;
        new RouterZ().Loss([layer with { TokenWeights = null }]).Item<double>().ShouldBe(all, 1e-3);
    }

    [Fact]
    public void A_dense_model_has_no_routing_to_score()
    {
        Should.Throw<ArgumentException>(() => new LoadBalance(new()).Loss([])).Message.ShouldContain("sparse layers");
        Should.Throw<ArgumentException>(() => new RouterZ().Loss([])).Message.ShouldContain("sparse layers");
    }
}
