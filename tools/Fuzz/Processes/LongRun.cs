using System.Diagnostics;

namespace LlavaMod.Fuzz.Processes;

/// <summary>Rounds over all targets until the time is up, with a line for each target and round.</summary>
internal sealed class LongRun(IReadOnlyList<FuzzTarget> targets, int seed, FailureFolder folder)
{
    private const int Slice = 1000;

    /// <summary>Goes on for a while.</summary>
    /// <returns>Whether no mutant failed.</returns>
    public async Task<bool> Go(TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        long all = 0;
        using var worker = new WorkerProcess();
        for (long from = 0; from == 0 || clock.Elapsed < time; from += Slice)
            foreach (var target in targets)
            {
                if (from > 0 && clock.Elapsed > time)
                    break;
                var start = clock.Elapsed;
                var outcome = await worker.Run(target, seed, from, Slice);
                all += outcome.Count;
                Tell(target, from, outcome, clock.Elapsed, clock.Elapsed - start);
            }
        Console.WriteLine($"{all:N0} mutants of {targets.Count} targets in {clock.Elapsed.TotalMinutes:F1} minutes, seed {seed}: {Sum()}");
        return folder.Counts.Count == 0;
    }

    private void Tell(FuzzTarget target, long from, Outcome outcome, TimeSpan now, TimeSpan taken)
    {
        Console.WriteLine($"{now:mm\\:ss} {target.Name,-20} {from,9:N0}+ {outcome.Loaded,5:N0} loaded {outcome.Refused,5:N0} refused "
            + $"{outcome.Failures.Count,5:N0} failed {outcome.Count / taken.TotalSeconds,7:N0}/s");
        foreach (var failure in outcome.Failures)
            if (folder.Add(failure) is { } path)
                Console.WriteLine($"  {failure.Kind}: {failure.Detail.Split('\n')[0]}\n  saved; try again: ./llavamod fuzz --target {target.Name} --replay {path}");
    }

    private string Sum() => folder.Counts.Count == 0
        ? "none failed"
        : string.Concat(folder.Counts.OrderByDescending(count => count.Value).Select(count => $"\n  {count.Value,7:N0} x {count.Key.Target}: {count.Key.Kind}"));
}
