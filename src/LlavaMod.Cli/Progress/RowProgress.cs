using Spectre.Console;

namespace LlavaMod.Cli.Progress;

/// <summary>How far a long reading or asking is: a bar on a terminal, a line every two seconds elsewhere.</summary>
internal static class RowProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Runs the work, which says how many of how many are done.</summary>
    public static void Run(IAnsiConsole console, TimeProvider time, string what, string unit, Action<Action<int, int>> work)
    {
        if (console.Profile.Capabilities is { Ansi: true, Interactive: true })
        {
            console.Progress().AutoClear(true).Start(bars =>
            {
                var bar = bars.AddTask(what.EscapeMarkup());
                work((done, total) => (bar.MaxValue, bar.Value) = (total, done));
            });
            return;
        }
        var last = time.GetTimestamp();
        work((done, total) =>
        {
            if (time.GetElapsedTime(last) < Interval) return;
            last = time.GetTimestamp();
            console.WriteLine($"{what}: {done:N0}/{total:N0} {unit}");
        });
    }
}
