namespace LlavaMod.Torch.Tests.Autograd;

public sealed class ActivationCheckpointTests : TorchTest
{
    private readonly RandomGenerator generator = new(7);
    private readonly Tensor[] weights;
    private readonly Tensor input;

    public ActivationCheckpointTests()
    {
        weights = [.. Enumerable.Range(0, 4).Select(_ => (Create.Normal([8, 8], generator) * 0.4).RequireGrad())];
        input = Create.Normal([5, 8], generator);
    }

    public override void Dispose()
    {
        generator.Dispose();
        base.Dispose();
    }

    private Tensor Layer(Tensor x, int index) => x + x.Linear(weights[index]).Silu().Linear(weights[index + 1]).Tanh();

    /// <summary>Gradients of the input, where it is followed, and of all weights.</summary>
    private Tensor?[] GradientsOf(Func<Tensor, Tensor> network, bool followInput)
    {
        var x = input.Clone().RequireGrad(followInput);
        foreach (var weight in weights) weight.SetGrad(null);
        network(x).Square().Sum().Backward();
        return [x.Grad(), .. weights.Select(weight => weight.Grad())];
    }

    private void ShouldGiveEqualGradients(Func<Tensor, Tensor> plain, Func<Tensor, Tensor> checkpointed, bool followInput = true)
    {
        var expected = GradientsOf(plain, followInput);
        var actual = GradientsOf(checkpointed, followInput);
        for (int i = 0; i < expected.Length; i++)
        {
            (actual[i] is null).ShouldBe(expected[i] is null);
            if (expected[i] is { } gradient) actual[i]!.ShouldEqualBitwise(gradient);
        }
    }

    [Fact]
    public void The_output_is_the_plain_one() =>
        ActivationCheckpoint.Run(x => Layer(x, 0), input).ShouldEqualBitwise(Layer(input, 0));

    [Theory, InlineData(true), InlineData(false)]
    public void Gradients_are_the_plain_ones_to_the_last_bit(bool followInput) => ShouldGiveEqualGradients(
        x => Layer(Layer(x, 0), 2),
        x => ActivationCheckpoint.Run(y => Layer(y, 2), ActivationCheckpoint.Run(y => Layer(y, 0), x)),
        followInput);

    [Theory, InlineData(true), InlineData(false)]
    public void Nested_checkpoints_give_the_same_gradients(bool followInput) => ShouldGiveEqualGradients(
        x => Layer(Layer(x, 0), 2),
        x => ActivationCheckpoint.Run(y => Layer(ActivationCheckpoint.Run(z => Layer(z, 0), y), 2), x),
        followInput);

    [Fact]
    public void Gradients_add_up_where_a_parameter_is_used_twice() => ShouldGiveEqualGradients(
        x => Layer(Layer(x, 0), 0),
        x => ActivationCheckpoint.Run(y => Layer(y, 0), ActivationCheckpoint.Run(y => Layer(y, 0), x)));

    [Fact]
    public void Frozen_parameters_stay_without_gradients()
    {
        weights[1].RequireGrad(false);
        ShouldGiveEqualGradients(x => Layer(x, 0), x => ActivationCheckpoint.Run(y => Layer(y, 0), x));
        weights[1].Grad().ShouldBeNull();
    }

    [Fact]
    public void A_function_without_anything_to_train_passes_backward_by()
    {
        foreach (var weight in weights) weight.RequireGrad(false);
        var trained = Create.Ones([8]).RequireGrad();
        (ActivationCheckpoint.Run(x => Layer(x, 0), input) * trained).Sum().Backward();
        trained.Grad()!.ShouldEqualBitwise(Layer(input, 0).Sum(0));
    }

    [Fact]
    public void Ids_can_be_the_input()
    {
        var ids = Ids(1, 3, 3);
        ActivationCheckpoint.Run(x => x.Embedding(weights[0]), ids).Sum().Backward();
        weights[0].Grad()!.Sum(1).ShouldHold(0, 8, 0, 16, 0, 0, 0, 0);
    }

    [Fact]
    public void With_recording_off_it_only_calls_the_function()
    {
        int calls = 0;
        using var mode = GradMode.Off();
        ActivationCheckpoint.Run(x => { calls++; return Layer(x, 0); }, input).RequiresGrad().ShouldBeFalse();
        calls.ShouldBe(1);
    }

    [Fact]
    public void The_function_runs_once_more_in_backward_with_recording_on()
    {
        var modes = new List<bool>();
        var output = ActivationCheckpoint.Run(x => { modes.Add(GradMode.IsOn); return Layer(x, 0); }, input);
        output.Sum().Backward();
        modes.ShouldBe([false, true]);
    }

    [Fact]
    public void Nothing_of_the_inside_stays_alive()
    {
        long before = Tensor.Live;
        var output = ActivationCheckpoint.Run(x => Layer(x, 0), input);
        Tensor.Live.ShouldBe(before + 1);
        output.Sum().Backward();
        Tensor.Live.ShouldBe(before + 2);
    }

    [Fact]
    public void What_the_function_reads_beside_its_input_outlives_the_scope_that_made_it()
    {
        Tensor Run()
        {
            using var inner = new TensorScope();
            var (scale, shift) = (Create.Full([1], 3), Create.Full([1], -1));
            return inner.Return(ActivationCheckpoint.Run((x, held) => Layer(x * held[0] + held[1], 0), input, [scale, shift]));
        }

        Run().Sum().Backward();
        var gradient = weights[0].Grad()!;
        weights[0].SetGrad(null);
        Layer(input * 3 - 1, 0).Sum().Backward();
        gradient.ShouldEqualBitwise(weights[0].Grad()!);
    }

    [Fact]
    public void Gradients_of_chosen_inputs_are_refused_because_they_would_miss_the_parameters()
    {
        var x = input.Clone().RequireGrad();
        var loss = ActivationCheckpoint.Run(y => Layer(y, 0), x).Sum();
        Should.Throw<TorchException>(() => Gradients.Of(loss, [x])).Message.ShouldContain("use Backward");
        weights[0].Grad().ShouldBeNull();
    }

    [Fact]
    public void An_exception_inside_comes_out()
    {
        bool first = true;
        var output = ActivationCheckpoint.Run(x => first ? Layer(x, 0) : throw new InvalidTimeZoneException(), input);
        first = false;
        Should.Throw<TorchException>(() => output.Sum().Backward()).InnerException.ShouldBeOfType<InvalidTimeZoneException>();
    }
}
