using LlavaMod.Training;
using Spectre.Console;

namespace LlavaMod.Cli.Progress;

/// <summary>Chooses how to show a run: live bars on a terminal, plain lines in a file, a pipe, a log or a dumb terminal.</summary>
internal static class ProgressDisplay
{
    public static void Run(IAnsiConsole console, TimeProvider time, Action<ITrainingObserver> work)
    {
        if (console.Profile.Capabilities is { Ansi: true, Interactive: true }) LiveDisplay.Run(console, time, work);
        else work(new PlainDisplay(console, time));
    }
}
