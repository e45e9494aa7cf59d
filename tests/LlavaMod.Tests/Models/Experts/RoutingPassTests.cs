using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models.Experts;

public sealed class RoutingPassTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    private static LayerRouting Record(int layer)
    {
        var probabilities = Create.Full([2, 4], 0.25);
        return new LayerRouting(layer, Create.Zeros([2, 4]), probabilities, Tensor.From([0L, 1, 2, 3], 2, 2), null, Create.Zeros([], DType.Int64));
    }

    [Fact]
    public void Records_live_as_long_as_the_scope_in_which_the_pass_was_made()
    {
        LayerRouting record;
        using (new TensorScope())
        {
            var pass = new RoutingPass();
            using (new TensorScope())
            {
                using (new TensorScope()) pass.Add(Record(0));
            }
            record = pass.Layers[0];
            record.Probabilities.Sum().Item<float>().ShouldBe(2);
            record.BalanceLoss().Item<float>().ShouldBe(1);
        }
        new[] { record.Logits, record.Probabilities, record.Experts, record.Dropped! }.ShouldAllBe(tensor => tensor.IsDisposed);
    }

    [Fact]
    public void A_layer_that_routes_twice_in_one_pass_is_an_error()
    {
        var pass = new RoutingPass();
        pass.Add(Record(0));
        pass.Add(Record(2));
        Should.Throw<InvalidOperationException>(() => pass.Add(Record(2))).Message.ShouldContain("layer 2 routes twice");
    }

    [Fact]
    public void Weights_of_tokens_are_even_over_real_ones()
    {
        new RoutingPass().TokenWeights.ShouldBeNull();
        var pass = new RoutingPass { TokenMask = Tensor.From([true, false, true, true, true], 5) };
        using (new TensorScope()) pass.TokenWeights!.ToArray<float>().ShouldBe([0.25f, 0, 0.25f, 0.25f, 0.25f]);
        pass.TokenWeights.Sum().Item<float>().ShouldBe(1);
        pass.RealTokens(5).ShouldBe(4);
    }
}
