using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models.Experts;

public sealed class RouterTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    // Three experts. Tokens 0..3 choose 0 then 1, token 4 chooses 0 then 2, token 5 chooses 1 then 0.
    private readonly float[] logits =
    [
        3, 2, 0,
        3, 2, 0,
        3, 2, 0,
        3, 2, 0,
        3, 0, 2,
        2, 3, 0,
    ];

    private Assignment Assign(ExpertsConfig config, Tensor? mask = null, bool training = true)
    {
        using var layer = new TestLayer(config);
        var scores = Tensor.From(logits, 6, 3);
        var router = new Router(layer.Store.Root / "router", TestLayer.Hidden, config);
        return router.Assign(scores, scores.Softmax(), new RoutingPass { Training = training, TokenMask = mask });
    }

    [Fact]
    public void The_most_probable_experts_are_chosen_with_weights_that_add_up_to_1()
    {
        var assignment = Assign(TestLayer.Config(experts: 3));
        assignment.Experts.ToArray<long>().ShouldBe([0, 1, 0, 1, 0, 1, 0, 1, 0, 2, 1, 0]);
        float best = 1 / (1 + MathF.Exp(-1));
        assignment.Gates.ToArray<float>().ShouldBe(Enumerable.Repeat((float[])[best, 1 - best], 6).SelectMany(pair => pair), 1e-6f);
        assignment.Kept.ShouldBeNull();
        assignment.Dropped.ShouldBeNull();
    }

    [Fact]
    public void Equal_scores_go_to_the_lower_index()
    {
        Array.Clear(logits);
        Assign(TestLayer.Config(experts: 3)).Experts.ToArray<long>().ShouldBe(Enumerable.Repeat<long[]>([0, 1], 6).SelectMany(pair => pair));
    }

    // C = ceil(6 * 2 / 3 * 0.75) = 3. Expert 0 is asked by tokens 0..4 first and by token 5 second: it keeps 0, 1, 2.
    // Expert 1 is asked by token 5 first and then by 0..3: it keeps 5, 0, 1. Expert 2 keeps token 4. Dropped: 3 + 2 = 5.
    [Fact]
    public void A_full_expert_drops_by_choice_and_then_by_position()
    {
        var assignment = Assign(TestLayer.Config(experts: 3) with { CapacityFactor = 0.75 });
        assignment.Kept!.ToArray<bool>().ShouldBe(
            [true, true, true, true, true, false, false, false, false, true, true, false]);
        assignment.Dropped!.Item<long>().ShouldBe(5);
        float best = 1 / (1 + MathF.Exp(-1));
        float[] gates = assignment.Gates.ToArray<float>();
        gates[..4].ShouldBe([best, 1 - best, best, 1 - best], 1e-6f);
        gates[4..6].ShouldBe([1, 0]);   // token 2 kept its first choice
        gates[8..12].ShouldBe([0, 1, 1, 0]); // token 4 its second, token 5 its first
    }

    [Fact]
    public void Padding_takes_no_places()
    {
        // Without tokens 0 and 1, C = ceil(4 * 2 / 3 * 0.75) = 2: expert 0 keeps 2 and 3, expert 1 keeps 5 and 2, expert 2 keeps 4.
        var mask = Tensor.From([false, false, true, true, true, true], 6);
        var assignment = Assign(TestLayer.Config(experts: 3) with { CapacityFactor = 0.75 }, mask);
        assignment.Kept!.ToArray<bool>().ShouldBe(
            [false, false, false, false, true, true, true, false, false, true, true, false]);
        assignment.Dropped!.Item<long>().ShouldBe(3);
    }

    [Theory]
    [InlineData(0.75, 0, 5)]
    [InlineData(0.75, 4, 3)] // 6 ask expert 0, 5 ask expert 1
    [InlineData(0.1, 0, 9)]  // ceil(0.4) = 1
    [InlineData(1.5, 0, 0)]
    public void Capacity_is_the_even_share_times_the_factor_rounded_up(double factor, int minimum, long dropped) =>
        Assign(TestLayer.Config(experts: 3) with { CapacityFactor = factor, MinCapacity = minimum }).Dropped!.Item<long>().ShouldBe(dropped);

    [Fact]
    public void Rounding_noise_gives_no_extra_place()
    {
        // 30 / 3 * 1.1 is 11.000000000000002 in floating point: 11 places for 30 tokens that all choose expert 0.
        var config = TestLayer.Config(experts: 3, choices: 1) with { CapacityFactor = 1.1 };
        using var layer = new TestLayer(config);
        var scores = Tensor.From([.. Enumerable.Repeat((float[])[1, 0, 0], 30).SelectMany(row => row)], 30, 3);
        new Router(layer.Store.Root / "router", TestLayer.Hidden, config).Assign(scores, scores.Softmax(), new RoutingPass { Training = true })
            .Dropped!.Item<long>().ShouldBe(19);
    }

    [Fact]
    public void Training_and_evaluation_have_capacities_of_their_own()
    {
        var config = TestLayer.Config(experts: 3) with { CapacityFactor = 0.75 };
        Assign(config, training: false).Kept.ShouldBeNull();
        Assign(config with { EvalCapacityFactor = 0.1 }, training: false).Dropped!.Item<long>().ShouldBe(9);
    }

    [Fact]
    public void Dropping_lets_gradients_through_to_the_surviving_choices_alone()
    {
        var config = TestLayer.Config(experts: 3) with { CapacityFactor = 0.75 };
        using var layer = new TestLayer(config);
        var scores = Tensor.From(logits, 6, 3).RequireGrad();
        var assignment = new Router(layer.Store.Root / "router", TestLayer.Hidden, config)
            .Assign(scores, scores.Softmax(), new RoutingPass { Training = true });
        (assignment.Gates * Tensor.From([1f, 2], 2)).Sum().Backward();
        float[] gradient = scores.Grad()!.ToArray<float>();
        gradient[..3].ShouldContain(slope => slope != 0); // token 0 kept both
        gradient[6..9].ShouldAllBe(slope => slope == 0);  // token 2 kept one, whose weight is 1 whatever its score
        gradient.ShouldAllBe(slope => float.IsFinite(slope));
    }
}
