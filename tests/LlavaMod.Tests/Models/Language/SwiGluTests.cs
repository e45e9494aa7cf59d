using LlavaMod.Models;
using LlavaMod.Models.Language;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models.Language;

public sealed class SwiGluTests : IDisposable
{
    private const long Hidden = 7, Intermediate = 19;
    private static readonly string[] Names = ["gate_proj.weight", "up_proj.weight", "down_proj.weight"];

    private readonly TensorScope scope = new();
    private readonly List<ParameterStore> stores = [];

    public void Dispose()
    {
        stores.ForEach(store => store.Dispose());
        scope.Dispose();
    }

    private sealed record Network(SwiGlu Layer, Tensor[] Weights)
    {
        // The plain formula, recorded operator by operator.
        public Tensor Plain(Tensor x) => (x.Linear(Weights[0]).Silu() * x.Linear(Weights[1])).Linear(Weights[2]);
    }

    private Network Build(DType dtype = DType.Float32)
    {
        var source = new NamedParameters(name =>
            Normal(Seeds.Of(name), name.StartsWith("down", StringComparison.Ordinal) ? [Hidden, Intermediate] : [Intermediate, Hidden]) * 0.5);
        var store = new ParameterStore(source, dtype, Device.Cpu);
        stores.Add(store);
        return new Network(new SwiGlu(store.Root, Hidden, Intermediate), [.. Names.Select(name => store[name].Value.RequireGrad())]);
    }

    private static Tensor Normal(ulong seed, params ReadOnlySpan<long> shape)
    {
        using var generator = new RandomGenerator(seed);
        return Create.Normal(shape, generator);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(3, 4)]
    [InlineData(0, 4)]
    public void Its_output_and_gradients_are_those_of_the_plain_formula(long batch, long length)
    {
        var network = Build();
        var x = Normal(1, batch, length, Hidden).RequireGrad();
        Tensor[] inputs = [x, .. network.Weights];
        var (output, expected) = (network.Layer.Forward(x), network.Plain(x));
        ShouldBeClose(output, expected, 1e-5);
        var gradient = Normal(2, batch, length, Hidden);
        foreach (var (found, wanted) in Gradients.Of(output, inputs, gradient).Zip(Gradients.Of(expected, inputs, gradient))) ShouldBeClose(found!, wanted!, 1e-4);
    }

    [Theory]
    [InlineData(0b1000)] // the input alone: a frozen network in front of something trained
    [InlineData(0b0001)]
    [InlineData(0b0010)]
    [InlineData(0b0100)]
    [InlineData(0b1011)]
    public void What_is_frozen_gets_no_gradient_and_changes_no_other(int trained)
    {
        var network = Build();
        var x = Normal(1, 5, Hidden).RequireGrad();
        Tensor[] inputs = [.. network.Weights, x];
        var whole = Gradients.Of(network.Plain(x).Sum(), inputs);
        for (int i = 0; i < inputs.Length; i++) inputs[i].RequireGrad((trained >> i & 1) == 1);
        network.Layer.Forward(x).Sum().Backward();
        for (int i = 0; i < inputs.Length; i++)
        {
            if ((trained >> i & 1) == 1) ShouldBeClose(inputs[i].Grad()!, whole[i]!, 1e-4);
            else inputs[i].Grad().ShouldBeNull();
        }
    }

    [Fact]
    public void Nothing_is_recorded_where_nothing_is_trained()
    {
        var network = Build();
        foreach (var weight in network.Weights) weight.RequireGrad(false);
        var x = Normal(1, 5, Hidden);
        var output = network.Layer.Forward(x);
        output.RequiresGrad().ShouldBeFalse();
        using var mode = GradMode.Off();
        network.Layer.Forward(x).ToArray<float>().ShouldBe(output.ToArray<float>());
        ShouldBeClose(network.Layer.Forward(x.Narrow(0, 0, 1).Unsqueeze(0)).Squeeze(0), output.Narrow(0, 0, 1), 1e-5);
    }

    [Fact]
    public void Inside_a_checkpoint_it_gives_the_same_gradients()
    {
        var network = Build();
        var x = Normal(1, 2, 5, Hidden).RequireGrad();
        network.Layer.Forward(x).Square().Sum().Backward();
        var plain = network.Weights.Append(x).Select(tensor => tensor.Grad()!).ToArray();
        foreach (var tensor in network.Weights.Append(x)) tensor.SetGrad(null);
        ActivationCheckpoint.Run(network.Layer.Forward, x).Square().Sum().Backward();
        foreach (var (found, wanted) in network.Weights.Append(x).Zip(plain)) found.Grad()!.ToArray<float>().ShouldBe(wanted.ToArray<float>());
    }

    [Fact]
    public void A_graph_that_is_kept_gives_its_gradients_twice()
    {
        var network = Build();
        var x = Normal(1, 5, Hidden).RequireGrad();
        var loss = network.Layer.Forward(x).Sum();
        var first = Gradients.Of(loss, [x], retainGraph: true)[0]!;
        Gradients.Of(loss, [x])[0]!.ToArray<float>().ShouldBe(first.ToArray<float>());
    }

    [Fact]
    public void In_bfloat16_it_is_the_same_network_rounded()
    {
        var (network, exact) = (Build(DType.BFloat16), Build());
        var x = Normal(1, 11, Hidden).To(DType.BFloat16).RequireGrad();
        var wide = x.Detach().To(DType.Float32).RequireGrad();
        for (int i = 0; i < Names.Length; i++)
        {
            using var mode = GradMode.Off();
            exact.Weights[i].Copy_(network.Weights[i]);
        }
        var gradients = Gradients.Of(network.Layer.Forward(x), [x, .. network.Weights], Create.Ones([11, Hidden], DType.BFloat16));
        var expected = Gradients.Of(exact.Plain(wide), [wide, .. exact.Weights], Create.Ones([11, Hidden]));
        foreach (var (found, wanted) in gradients.Zip(expected))
        {
            found!.DType.ShouldBe(DType.BFloat16);
            ShouldBeClose(found, wanted!, 0.02);
        }
    }

    // Relative to the largest element.
    private static void ShouldBeClose(Tensor actual, Tensor expected, double tolerance)
    {
        actual.Shape.ShouldBe(expected.Shape);
        var wanted = expected.ToArray<double>();
        actual.ToArray<double>().ShouldBe(wanted, tolerance * Math.Max(1e-6, wanted.Select(Math.Abs).DefaultIfEmpty().Max()));
    }
}
