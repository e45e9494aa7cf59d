using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models.Experts;

public sealed class SparseFfnTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(2, 1)]
    [InlineData(4, 2)]
    [InlineData(4, 4)]
    [InlineData(5, 3)]
    public void Its_output_and_gradients_are_those_of_the_mixture_token_by_token(int experts, int choices)
    {
        using var layer = new TestLayer(TestLayer.Config(experts, choices));
        var x = TestLayer.Tokens(1, 11, TestLayer.Hidden).RequireGrad();
        Tensor[] inputs = [x, .. layer.Store.Parameters.Select(parameter => parameter.Value)];
        var weights = TestLayer.Tokens(2, 11, TestLayer.Hidden);

        var output = layer.Run(x.Reshape(1, 11, TestLayer.Hidden)).Output.Reshape(11, TestLayer.Hidden);
        var expected = layer.TokenByToken(x);
        output.ToArray<double>().ShouldBe(expected.ToArray<double>(), 1e-5);
        var gradients = Gradients.Of((output * weights).Sum(), inputs);
        var expectedGradients = Gradients.Of((expected * weights).Sum(), inputs);
        for (int i = 0; i < inputs.Length; i++)
        {
            // What the mixture token by token never touched has no gradient there, and a gradient of zero in the layer.
            var wanted = expectedGradients[i] ?? Create.ZerosLike(inputs[i]);
            gradients[i].ShouldNotBeNull().ToArray<double>().ShouldBe(wanted.ToArray<double>(), 1e-4, $"input {i}");
        }
    }

    [Fact]
    public void Its_gradients_are_finite_differences()
    {
        using var layer = new TestLayer(TestLayer.Config());
        var x = TestLayer.Tokens(1, 5, TestLayer.Hidden).To(DType.Float64);
        FiniteDifferences.ShouldMatch(point => Output(layer, point).To(DType.Float64), x, tolerance: 3e-3, step: 2e-3);
        FiniteDifferences.ShouldMatch(point => Balanced(layer, point).To(DType.Float64), x, tolerance: 3e-3, step: 2e-3);
    }

    private static Tensor Output(TestLayer layer, Tensor x) => layer.Run(x.To(DType.Float32)).Output;

    private static Tensor Balanced(TestLayer layer, Tensor x) => layer.Run(x.To(DType.Float32)).Routing.BalanceLoss();

    [Theory]
    [InlineData(null, false)]
    [InlineData(0.75, false)]
    [InlineData(null, true)]
    public void Padding_changes_nothing_and_comes_out_as_zero(double? factor, bool residual)
    {
        using var layer = new TestLayer(TestLayer.Config() with { CapacityFactor = factor, UseResidual = residual });
        var x = TestLayer.Tokens(1, 2, 5, TestLayer.Hidden);
        var padded = Shaping.Cat([TestLayer.Tokens(2, 2, 3, TestLayer.Hidden), x], 1); // [2, 8, D]
        bool[] row = [false, false, false, true, true, true, true, true];
        var mask = Tensor.From([.. row, .. row], 16);

        var (plain, plainRouting) = layer.Run(x);
        var (output, routing) = layer.Run(padded, mask);
        output.Narrow(1, 3, 5).ToArray<float>().ShouldBe(plain.ToArray<float>(), 1e-5f);
        output.Narrow(1, 0, 3).ToArray<float>().ShouldAllBe(element => element == 0);
        routing.BalanceLoss().Item<float>().ShouldBe(plainRouting.BalanceLoss().Item<float>(), 1e-5f);
        new RouterZ().Loss([routing]).Item<float>().ShouldBe(new RouterZ().Loss([plainRouting]).Item<float>(), 1e-5f);
        routing.Dropped?.Item<long>().ShouldBe(plainRouting.Dropped!.Item<long>());
        if (factor is not null) routing.Dropped!.Item<long>().ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_batch_of_padding_alone_comes_out_as_zero()
    {
        using var layer = new TestLayer(TestLayer.Config() with { CapacityFactor = 1 });
        var (output, routing) = layer.Run(TestLayer.Tokens(1, 1, 3, TestLayer.Hidden), Create.Full([3], 0, DType.Bool));
        output.ToArray<float>().ShouldAllBe(element => element == 0);
        routing.BalanceLoss().Item<float>().ShouldBe(0);
    }

    [Fact]
    public void Permuted_tokens_come_out_permuted()
    {
        using var layer = new TestLayer(TestLayer.Config());
        var x = TestLayer.Tokens(1, 1, 6, TestLayer.Hidden);
        var order = Tensor.From([4L, 0, 5, 3, 1, 2], 6);
        layer.Run(x.IndexSelect(1, order)).Output.ToArray<float>()
            .ShouldBe(layer.Run(x).Output.IndexSelect(1, order).ToArray<float>(), 1e-6f);
    }

    [Fact]
    public void Training_and_evaluation_give_the_same_bits_every_time()
    {
        using var layer = new TestLayer(TestLayer.Config());
        var x = TestLayer.Tokens(1, 3, 7, TestLayer.Hidden);
        float[] first = layer.Run(x, training: true).Output.ToArray<float>();
        layer.Run(x, training: true).Output.ToArray<float>().ShouldBe(first);
        layer.Run(x, training: false).Output.ToArray<float>().ShouldBe(first);
    }

    [Fact]
    public void Nothing_is_recorded_differently_without_gradients()
    {
        using var layer = new TestLayer(TestLayer.Config(experts: 6));
        var x = TestLayer.Tokens(1, 1, 2, TestLayer.Hidden); // two tokens: two experts at least have nothing to do
        float[] recorded = layer.Run(x).Output.ToArray<float>();
        using var mode = GradMode.Off();
        layer.Run(x).Output.ToArray<float>().ShouldBe(recorded);
    }

    [Fact]
    public void One_token_alone_is_computed_as_in_company()
    {
        using var layer = new TestLayer(TestLayer.Config());
        using var mode = GradMode.Off();
        var x = TestLayer.Tokens(1, 1, 3, TestLayer.Hidden);
        float[] together = layer.Run(x).Output.ToArray<float>();
        for (int i = 0; i < 3; i++)
            layer.Run(x.Narrow(1, i, 1)).Output.ToArray<float>().ShouldBe(together.Chunk((int)TestLayer.Hidden).ElementAt(i), 1e-6f);
    }

    [Fact]
    public void An_expert_without_tokens_has_a_gradient_of_zero()
    {
        using var layer = new TestLayer(TestLayer.Config(experts: 6));
        var (output, routing) = layer.Run(TestLayer.Tokens(1, 1, 1, TestLayer.Hidden));
        output.Sum().Backward();
        int idle = Enumerable.Range(0, 6).First(expert => !routing.Experts.ToArray<long>().Contains(expert));
        layer.Store[$"mlp.experts.{idle}.up_proj.weight"].Value.Grad()!.ToArray<float>().ShouldAllBe(element => element == 0);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(4, true)]
    public void Experts_that_are_copies_of_a_dense_network_compute_what_it_does(int choices, bool residual)
    {
        using var dense = new ParameterStore(new RandomParameters(8), DType.Float32, Device.Cpu);
        var network = new LlavaMod.Models.Language.SwiGlu(dense.Root / "mlp", 32, 48);
        var config = TestLayer.Config(4, choices) with { UseResidual = residual };
        using var sparse = new ParameterStore(new Upcycling(new RandomParameters(8), seed: 3), DType.Float32, Device.Cpu);
        var layer = new SparseFfn(sparse.Root / "mlp", 0, 32, 48, config);
        var x = TestLayer.Tokens(1, 2, 9, 32) * 10;
        layer.Forward(x, new RoutingPass { Training = true }).ToArray<float>().ShouldBe(network.Forward(x).ToArray<float>(), 1e-5f);
    }

    [Fact]
    public void In_bfloat16_the_router_stays_precise()
    {
        using var precise = new TestLayer(TestLayer.Config());
        using var layer = new TestLayer(TestLayer.Config(), DType.BFloat16);
        layer.Store["mlp.gate.weight"].Value.DType.ShouldBe(DType.Float32);
        layer.Store["mlp.experts.0.up_proj.weight"].Value.DType.ShouldBe(DType.BFloat16);
        var x = TestLayer.Tokens(1, 2, 5, TestLayer.Hidden).To(DType.BFloat16);
        var (output, routing) = layer.Run(x);
        var (expected, expectedRouting) = precise.Run(x.To(DType.Float32));
        output.DType.ShouldBe(DType.BFloat16);
        routing.Experts.ToArray<long>().ShouldBe(expectedRouting.Experts.ToArray<long>());
        output.ToArray<float>().ShouldBe(expected.ToArray<float>(), 0.05f);
        output.Sum().Backward();
        layer.Store["mlp.gate.weight"].Value.Grad()!.DType.ShouldBe(DType.Float32);
    }

    [Fact]
    public void Parameters_are_named_and_belong_to_parts()
    {
        using var layer = new TestLayer(TestLayer.Config(experts: 2) with { UseResidual = true });
        layer.Store.Parameters.Where(parameter => parameter.Part == ModelPart.Routers).Select(parameter => parameter.Name)
            .ShouldBe(["mlp.gate.weight", "mlp.coefficient.weight", "mlp.coefficient.bias"]);
        layer.Store.Parameters.Where(parameter => parameter.Part == ModelPart.Experts).Select(parameter => parameter.Name).ShouldBe(
        [
            "mlp.experts.0.gate_proj.weight", "mlp.experts.0.up_proj.weight", "mlp.experts.0.down_proj.weight",
            "mlp.experts.1.gate_proj.weight", "mlp.experts.1.up_proj.weight", "mlp.experts.1.down_proj.weight",
            "mlp.residual_expert.gate_proj.weight", "mlp.residual_expert.up_proj.weight", "mlp.residual_expert.down_proj.weight",
        ]);
    }

    [Fact]
    public void In_reference_mode_padding_takes_part()
    {
        using var layer = new TestLayer(TestLayer.Config() with { CapacityFactor = 2, EvalCapacityFactor = 2, Reference = true });
        var x = TestLayer.Tokens(1, 1, 6, TestLayer.Hidden);
        float[] expected = layer.Run(x).Output.ToArray<float>();
        layer.Run(x, Tensor.From([false, false, true, true, true, true], 6)).Output.ToArray<float>().ShouldBe(expected);
    }
}
