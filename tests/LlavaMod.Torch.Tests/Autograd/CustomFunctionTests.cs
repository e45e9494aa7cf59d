namespace LlavaMod.Torch.Tests.Autograd;

public sealed class CustomFunctionTests : TorchTest
{
    /// <summary>x * tanh(y) with its own gradients; keeps its second input and an output.</summary>
    private sealed class Gate : CustomFunction
    {
        public Tensor Forward(Tensor x, Tensor y)
        {
            using var scope = new TensorScope();
            Tensor tanh, output;
            using (GradMode.Off()) (tanh, output) = (y.Tanh(), x * y.Tanh());
            Attach([x, y], [output], [x, tanh]);
            return scope.Return(output);
        }

        protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved)
        {
            var (x, tanh) = (saved[0], saved[1]);
            return [gradients[0]! * tanh, gradients[0]! * x * (1 - tanh.Square())];
        }
    }

    /// <summary>Any number of inputs and outputs, with a backward given by the test.</summary>
    private sealed class Scripted(Func<Tensor?[], Tensor[], Tensor?[]> backward) : CustomFunction
    {
        public bool Attached { get; private set; }

        public Tensor[] Apply(Tensor[] inputs, Func<Tensor[]> outputs, params Tensor[] saved)
        {
            Tensor[] made;
            using (GradMode.Off()) made = outputs();
            Attached = Attach(inputs, made, saved);
            return made;
        }

        protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved) =>
            backward(gradients.ToArray(), saved.ToArray());
    }

    private sealed class Broken : Exception;

    private static Tensor Leaf(params float[] elements) => Floats(elements).RequireGrad();

    private static Tensor Doubled(Tensor x, Func<Tensor?[], Tensor[], Tensor?[]> backward) =>
        new Scripted(backward).Apply([x], () => [x * 2])[0];

    [Fact]
    public void Its_gradient_is_that_of_finite_differences()
    {
        var x = Tensor.From([0.3, -1.2, 2.0], 3).RequireGrad();
        var y = Tensor.From([0.7, 0.1, -0.4], 3).RequireGrad();
        (new Gate().Forward(x, y) * Tensor.From([1.0, 2.0, 3.0], 3)).Sum().Backward();
        foreach (var leaf in new[] { x, y }) leaf.Grad()!.ShouldHold([3], Differences(leaf, x, y), 1e-8);
    }

    private static double[] Differences(Tensor leaf, Tensor x, Tensor y)
    {
        const double Step = 1e-5;
        double Loss() => (x * y.Tanh() * Tensor.From([1.0, 2.0, 3.0], 3)).Sum().Item<double>();
        using var mode = GradMode.Off();
        return [.. Enumerable.Range(0, 3).Select(i =>
        {
            leaf.Select(0, i).Add_(Step);
            double above = Loss();
            leaf.Select(0, i).Add_(-2 * Step);
            double below = Loss();
            leaf.Select(0, i).Add_(Step);
            return (above - below) / (2 * Step);
        })];
    }

    [Fact]
    public void It_stands_among_recorded_operators()
    {
        var x = Leaf(1, 2);
        Doubled(x * x, (gradients, _) => [gradients[0]! * 2]).Exp().Sum().Backward();
        x.Grad()!.ShouldHold([2], [4 * Math.Exp(2), 8 * Math.Exp(8)], 0.01);
    }

    [Fact]
    public void Each_of_several_outputs_has_its_gradient()
    {
        var x = Leaf(1, 2);
        var outputs = new Scripted((gradients, _) => [(gradients[0]! * 2) + (gradients[1]! * 3)]).Apply([x], () => [x * 2, x * 3]);
        ((outputs[0] * 10) + outputs[1]).Sum().Backward();
        x.Grad()!.ShouldHold(23, 23);
    }

    [Fact]
    public void An_output_that_is_not_used_has_no_gradient()
    {
        var x = Leaf(1);
        bool[] missing = [];
        var outputs = new Scripted((gradients, _) =>
        {
            missing = [.. gradients.Select(gradient => gradient is null)];
            return [gradients[1]];
        }).Apply([x], () => [x * 2, x * 3]);
        outputs[1].Sum().Backward();
        missing.ShouldBe([true, false]);
        x.Grad()!.ShouldHold(1);
    }

    [Fact]
    public void An_input_may_get_no_gradient()
    {
        var x = Leaf(1);
        var y = Leaf(2);
        new Scripted((gradients, _) => [null, gradients[0]]).Apply([x, y], () => [x * y])[0].Sum().Backward();
        x.Grad().ShouldBeNull();
        y.Grad()!.ShouldHold(1);
    }

    [Fact]
    public void No_gradient_goes_on_through_the_graph_as_none()
    {
        var x = Leaf(1);
        bool reached = false;
        var first = Doubled(x, (gradients, _) =>
        {
            reached = gradients[0] is null;
            return [null];
        });
        Doubled(first, (_, _) => [null]).Sum().Backward();
        reached.ShouldBeTrue();
        x.Grad().ShouldBeNull();
    }

    [Fact]
    public void An_exception_in_backward_reaches_whoever_started_it()
    {
        var loss = Doubled(Leaf(1), (_, _) => throw new Broken()).Sum();
        var thrown = Should.Throw<TorchException>(() => loss.Backward());
        thrown.InnerException.ShouldBeOfType<Broken>();
        thrown.InnerException!.StackTrace!.ShouldContain(nameof(An_exception_in_backward_reaches_whoever_started_it));

        var x = Leaf(1);
        var again = Doubled(x, (_, _) => throw new Broken()).Sum();
        Should.Throw<TorchException>(() => Gradients.Of(again, [x])).InnerException.ShouldBeOfType<Broken>();
    }

    [Fact]
    public void The_next_pass_after_an_exception_is_not_affected()
    {
        var loss = Doubled(Leaf(1), (_, _) => throw new Broken()).Sum();
        Should.Throw<TorchException>(() => loss.Backward());
        var x = Leaf(1);
        Doubled(x, (gradients, _) => [gradients[0]! * 2]).Sum().Backward();
        x.Grad()!.ShouldHold(2);
        Should.Throw<TorchException>(() => (x * Floats(1, 2)).Backward()).InnerException.ShouldBeNull();
    }

    [Fact]
    public void An_exception_comes_out_of_nested_passes_as_it_is()
    {
        var loss = Doubled(Leaf(1), (_, _) =>
        {
            using var mode = GradMode.On();
            Doubled(Leaf(1), (_, _) => throw new Broken()).Sum().Backward();
            return [null];
        }).Sum();
        Should.Throw<TorchException>(() => loss.Backward()).InnerException.ShouldBeOfType<Broken>();
    }

    [Fact]
    public void A_wrong_number_of_gradients_is_an_error()
    {
        var loss = Doubled(Leaf(1), (gradients, _) => [gradients[0], null]).Sum();
        Should.Throw<TorchException>(() => loss.Backward()).Message.ShouldContain("Scripted gave 2 gradients for 1 inputs");
    }

    [Fact]
    public void A_gradient_of_the_wrong_shape_is_an_error()
    {
        var loss = Doubled(Leaf(1, 2), (_, _) => [Floats(1, 2, 3)]).Sum();
        Should.Throw<TorchException>(() => loss.Backward()).Message.ShouldContain("Scripted");
    }

    [Fact]
    public void Backward_runs_with_recording_off_in_a_scope_of_its_own()
    {
        bool recorded = true;
        long during = 0;
        var x = Leaf(1);
        var loss = Doubled(x, (gradients, _) =>
        {
            var made = gradients[0]! * 2;
            recorded = GradMode.IsOn;
            during = Tensor.Live;
            return [made];
        }).Sum();
        long before = Tensor.Live;
        loss.Backward();
        recorded.ShouldBeFalse();
        during.ShouldBeGreaterThan(before);
        Tensor.Live.ShouldBe(before);
    }

    [Fact]
    public void Without_anything_to_follow_nothing_is_attached()
    {
        var plain = new Scripted((_, _) => throw new Broken());
        plain.Apply([Floats(1)], () => [Floats(2)])[0].RequiresGrad().ShouldBeFalse();
        plain.Attached.ShouldBeFalse();
        using var mode = GradMode.Off();
        plain.Apply([Leaf(1)], () => [Floats(2)])[0].RequiresGrad().ShouldBeFalse();
        plain.Attached.ShouldBeFalse();
    }

    [Fact]
    public void An_output_has_to_be_new_real_and_unrecorded()
    {
        var x = Leaf(1);
        Scripted Function() => new((_, _) => [null]);
        Should.Throw<TorchException>(() => Function().Apply([x], () => [x])).Message.ShouldContain("Scripted: output 0 is recorded already");
        var plain = Floats(1);
        Should.Throw<TorchException>(() => Function().Apply([x, plain], () => [plain])).Message.ShouldContain("output 0 is one of the inputs");
        Should.Throw<TorchException>(() => Function().Apply([x], () => [x * 1, Ids(1)])).Message.ShouldContain("output 1 is not a floating point tensor");
        plain.RequiresGrad().ShouldBeFalse();
    }

    [Fact]
    public void A_saved_tensor_may_not_be_overwritten_before_backward()
    {
        var x = Leaf(1);
        var kept = Floats(3);
        var loss = new Scripted((_, saved) => [saved[0]]).Apply([x], () => [x * 3], kept)[0].Sum();
        kept.Fill_(4);
        Should.Throw<TorchException>(() => loss.Backward()).Message.ShouldContain("modified by an inplace operation");
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_saved_output_comes_back_and_does_not_keep_itself_alive(bool runBackward)
    {
        var owner = new OwnedMemory(7);
        using (new TensorScope())
        {
            var x = Leaf(1);
            var output = new KeepsItsOutput().Forward(x, owner.Tensor());
            if (runBackward)
            {
                output.Sum().Backward();
                x.Grad()!.ShouldHold(7);
            }
            owner.Released.ShouldBeFalse();
        }
        owner.Released.ShouldBeTrue();
    }

    private sealed class KeepsItsOutput : CustomFunction
    {
        public Tensor Forward(Tensor input, Tensor output)
        {
            Attach([input], [output], [output]);
            return output;
        }

        protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved) => [gradients[0]! * saved[0]];
    }
}
