namespace LlavaMod.Torch.Tests;

public sealed class SideBySideTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(50)]
    public void Every_part_runs_once_and_takes_its_turn_in_order(int width)
    {
        var started = new int[20];
        var turns = new List<int>();
        SideBySide.Run(started.Length, width, (index, turn) =>
        {
            Interlocked.Increment(ref started[index]);
            turn.Await();
            turns.Add(index); // no lock: turns do not overlap
        });
        started.ShouldAllBe(times => times == 1);
        turns.ShouldBe(Enumerable.Range(0, 20));
    }

    [Fact]
    public void Parts_run_at_the_same_time()
    {
        using var both = new Barrier(2);
        SideBySide.Run(2, 2, (_, _) => both.SignalAndWait(TimeSpan.FromMinutes(1)).ShouldBeTrue());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void The_first_failure_in_the_order_is_thrown_and_ends_the_job(int width)
    {
        var done = new List<int>();
        var failure = Should.Throw<FormatException>(() => SideBySide.Run(12, width, (index, turn) =>
        {
            if (index == 6) throw new FormatException("part 6"); // at once, before part 5 had its turn
            turn.Await();
            if (index == 5) throw new FormatException("part 5");
            done.Add(index);
        }));
        failure.Message.ShouldBe("part 5");
        done.ShouldBe([0, 1, 2, 3, 4]);
    }

    [Fact]
    public void Threads_are_shared_out_and_given_back()
    {
        int before = TorchRuntime.Threads;
        try
        {
            TorchRuntime.Threads = 6;
            var seen = new int[4];
            SideBySide.Run(4, 3, (index, _) => seen[index] = TorchRuntime.Threads);
            seen.ShouldAllBe(threads => threads == 2);
            TorchRuntime.Threads.ShouldBe(6);
        }
        finally
        {
            TorchRuntime.Threads = before;
        }
    }

    [Fact]
    public void A_width_below_one_is_refused() => Should.Throw<ArgumentOutOfRangeException>(() => SideBySide.Run(3, 0, (_, _) => { }));
}
