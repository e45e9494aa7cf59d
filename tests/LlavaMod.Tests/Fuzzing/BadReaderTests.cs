using LlavaMod.Fuzz;
using LlavaMod.Fuzz.Processes;

namespace LlavaMod.Tests.Fuzzing;

/// <summary>What no reader may do is seen, and said of the mutant that it was done with.</summary>
public sealed class BadReaderTests
{
    [Theory]
    [InlineData(typeof(Crashes), "crash")]
    [InlineData(typeof(ReadsOn), "crash")]
    [InlineData(typeof(Spins), "hang")]
    [InlineData(typeof(Waits), "hang")]
    [InlineData(typeof(Throws), "IndexOutOfRangeException at Throws.Misbehave")]
    [InlineData(typeof(Hoards), "allocation")]
    [InlineData(typeof(HoardsNatively), "resident memory")]
    [InlineData(typeof(Strays), "outside")]
    public async Task What_no_reader_may_do_is_seen(Type type, string kind)
    {
        var target = (FuzzTarget)Activator.CreateInstance(type)!;
        var number = Enumerable.Range(0, 100).First(number => !IsValid(target, number));
        using var worker = new WorkerProcess(typeof(BadReaderTests).Assembly.Location, patience: TimeSpan.FromSeconds(3));
        var outcome = await worker.Run(target, 1, number, 1);
        var failure = outcome.Failures.ShouldHaveSingleItem();
        (failure.Number, failure.Kind).ShouldBe((number, kind), failure.Detail);
    }

    [Fact]
    public async Task What_follows_a_mutant_that_kills_is_tried_too()
    {
        var target = new Crashes();
        using var worker = new WorkerProcess(typeof(BadReaderTests).Assembly.Location);
        var outcome = await worker.Run(target, 1, 0, 4);
        outcome.Failures.Select(failure => failure.Number).ShouldBe(Enumerable.Range(0, 4).Where(number => !IsValid(target, number)).Select(number => (long)number));
        outcome.Count.ShouldBe(4);
    }

    private static bool IsValid(FuzzTarget target, long number) => Mutants.Of(target, 1, number).Files[0].Bytes.AsSpan().SequenceEqual(target.Seeds[0].Files[0].Bytes);
}
