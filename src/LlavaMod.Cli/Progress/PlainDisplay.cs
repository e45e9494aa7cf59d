using Spectre.Console;

namespace LlavaMod.Cli.Progress;

/// <summary>A line every two seconds and at the start and end of a stage, for files and pipes.</summary>
internal sealed class PlainDisplay(IAnsiConsole console, TimeProvider time) : IProgressDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private StageProgress stage = new("", 0);
    private long lastLine;

    public void StageStarted(string name, int steps)
    {
        stage = new StageProgress(name, steps);
        lastLine = time.GetTimestamp();
        console.WriteLine($"{name}: {steps} steps");
    }

    public void Step(StepReport report)
    {
        stage.Add(report);
        if (time.GetElapsedTime(lastLine) < Interval) return;
        lastLine = time.GetTimestamp();
        console.WriteLine(string.Join("  ", Parts(report)));
    }

    public void StageFinished() => console.WriteLine(stage.Summary);

    public void Message(string text) => console.WriteLine(text);

    private IEnumerable<string> Parts(StepReport report)
    {
        yield return $"{stage.Name} {report.Step}/{stage.Steps}";
        yield return $"loss {report.Loss:F4}";
        foreach (var (name, loss) in report.Objectives) yield return $"{name} {loss:F4}";
        yield return $"lr {report.LearningRate:G3}";
        yield return stage.TokensPerSecond;
        yield return $"{stage.Left} left";
        if (stage.ExpertLoad.Count > 0)
            yield return $"expert load {100 * stage.ExpertLoad.Min(layer => layer.Min()):F0}-{100 * stage.ExpertLoad.Max(layer => layer.Max()):F0}%";
    }
}
