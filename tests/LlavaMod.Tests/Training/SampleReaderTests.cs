using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

public sealed class SampleReaderTests
{
    private const int BatchSize = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1); // until a test that hangs fails

    private sealed class Numbers(Func<int, TrainingSample> load) : ITrainingData
    {
        public int Count => 1000;

        public TrainingSample Load(long pass, int index) => load(index);

        public SampleSize SizeOf(long pass, int index) => throw new NotSupportedException();
    }

    private static SampleReader Reader(Func<int, TrainingSample> load, int cores, long mostBytes = SampleReader.MostBytes) =>
        new(new Numbers(load), new SampleOrder("7", 1000), position: 0, BatchSize, cores, mostBytes);

    private static List<string> Take(SampleReader reader, int count) => [.. Enumerable.Range(0, count).Select(_ => reader.Take().Chosen.Id)];

    [Fact]
    public void A_step_that_waits_has_every_core_reading_and_the_order_is_that_of_one()
    {
        using var together = new CountdownEvent(BatchSize);
        using var reader = Reader(WithOthers, cores: BatchSize);
        reader.Await();
        var ids = Take(reader, 40);
        using var alone = Reader(TinySamples.Supervised, cores: 1);
        ids.ShouldBe(Take(alone, 40));

        // The first four wait for each other.
        TrainingSample WithOthers(int index)
        {
            if (!together.IsSet) together.Signal();
            return together.Wait(Patience) ? TinySamples.Supervised(index) : throw new TimeoutException("samples are read one by one");
        }
    }

    [Fact]
    public void While_a_step_computes_a_quarter_of_the_cores_read()
    {
        int reading = 0, most = 0;
        var gate = new Lock();
        using var reader = Reader(Count, cores: 8);
        Take(reader, 2 * BatchSize);
        most.ShouldBeLessThanOrEqualTo(2);

        TrainingSample Count(int index)
        {
            int now = Interlocked.Increment(ref reading);
            lock (gate) most = Math.Max(most, now);
            var sample = TinySamples.Supervised(index);
            Interlocked.Decrement(ref reading);
            return sample;
        }
    }

    [Fact]
    public void No_more_batches_are_held_than_promised()
    {
        int begun = 0;
        using var reader = Reader(Count, cores: 4);
        for (int batch = 0; batch < 20; batch++)
        {
            Take(reader, BatchSize);
            reader.Finish();
            reader.Await(); // everybody reads as far as they may
            Volatile.Read(ref begun).ShouldBeLessThanOrEqualTo((batch + SampleReader.BatchesAhead) * BatchSize);
            reader.HandOut();
        }

        TrainingSample Count(int index)
        {
            Interlocked.Increment(ref begun);
            return TinySamples.Supervised(index);
        }
    }

    [Fact]
    public void Samples_that_are_too_large_to_hold_many_come_a_batch_at_a_time()
    {
        int begun = 0;
        using var reader = Reader(Count, cores: 1, mostBytes: 1);
        for (int batch = 1; batch <= 5; batch++)
        {
            Take(reader, BatchSize);
            reader.Finish();
            Volatile.Read(ref begun).ShouldBeLessThanOrEqualTo((batch + 1) * BatchSize);
            reader.HandOut();
        }

        TrainingSample Count(int index)
        {
            Interlocked.Increment(ref begun);
            return TinySamples.Supervised(index);
        }
    }

    [Fact]
    public void A_failure_comes_in_its_turn()
    {
        using var reader = Reader(index => index == new SampleOrder("7", 1000).At(5).Index ? throw new UserError("broken") : TinySamples.Supervised(index), cores: 4);
        Take(reader, 5).Count.ShouldBe(5);
        Should.Throw<UserError>(() => reader.Take()).Message.ShouldBe("broken");
    }

    [Fact]
    public async Task Nothing_is_begun_after_the_end_and_who_waits_is_let_go()
    {
        int begun = 0;
        using var started = new ManualResetEventSlim();
        using var released = new ManualResetEventSlim();
        var reader = Reader(Wait, cores: 2);
        var taker = Task.Factory.StartNew(() => reader.Take(), TaskCreationOptions.LongRunning);
        started.Wait(Patience).ShouldBeTrue();
        var end = Task.Factory.StartNew(reader.Dispose, TaskCreationOptions.LongRunning);
        await Should.ThrowAsync<OperationCanceledException>(() => taker);
        released.Set();
        await end.WaitAsync(Patience);
        begun.ShouldBe(1);

        TrainingSample Wait(int index)
        {
            Interlocked.Increment(ref begun);
            started.Set();
            return released.Wait(Patience) ? TinySamples.Supervised(index) : throw new TimeoutException();
        }
    }
}
