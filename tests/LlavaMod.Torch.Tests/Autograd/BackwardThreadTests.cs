namespace LlavaMod.Torch.Tests.Autograd;

public sealed class BackwardThreadTests : TorchTest
{
    // libtorch runs passes nested deeper than this on threads of its own.
    private const int DeepestOnOneThread = 60;

    private sealed class Probe(Action seen) : CustomFunction
    {
        public Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            Tensor output;
            using (GradMode.Off()) output = x * 2;
            Attach([x], [output], [x]);
            return scope.Return(output);
        }

        protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved)
        {
            seen();
            return [(gradients[0]! * 2) + (saved[0] * 0)];
        }
    }

    /// <summary>f(x) = 2x, computed again under a checkpoint that is computed again under a checkpoint ...</summary>
    private static Tensor Nest(Tensor x, int depth, Action seen) =>
        depth == 0 ? new Probe(seen).Forward(x) : ActivationCheckpoint.Run(inner => Nest(inner, depth - 1, seen), x);

    [Fact]
    public void Backward_runs_on_whatever_thread_the_engine_chooses()
    {
        int thread = 0;
        var x = Floats(1, 2).RequireGrad();
        Nest(x, DeepestOnOneThread + 10, () => thread = Environment.CurrentManagedThreadId).Sum().Backward();
        x.Grad()!.ShouldHold(2, 2);
        thread.ShouldNotBe(0);
        thread.ShouldNotBe(Environment.CurrentManagedThreadId);
    }

    [Fact]
    public void An_exception_on_another_thread_reaches_whoever_started_the_pass()
    {
        var x = Floats(1, 2).RequireGrad();
        var loss = Nest(x, DeepestOnOneThread + 10, () => throw new InvalidTimeZoneException("on the way")).Sum();
        var thrown = Should.Throw<TorchException>(() => loss.Backward());
        thrown.Message.ShouldBe("backward: on the way");
        thrown.InnerException.ShouldBeOfType<InvalidTimeZoneException>();
        x.Grad().ShouldBeNull();
    }

    [Fact]
    public void Threads_run_backward_at_once_and_get_their_own_exceptions()
    {
        var found = new string?[4];
        var threads = found.Select((_, index) => new Thread(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                using var scope = new TensorScope();
                var x = Floats(index).RequireGrad();
                Nest(x, 2, () => { }).Sum().Backward();
                x.Grad()!.ShouldHold(2);
                var loss = Nest(x, 2, () => throw new InvalidTimeZoneException($"{index}")).Sum();
                found[index] = Should.Throw<TorchException>(() => loss.Backward()).InnerException!.Message;
                if (found[index] != $"{index}") return;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        found.ShouldBe(["0", "1", "2", "3"]);
    }
}
