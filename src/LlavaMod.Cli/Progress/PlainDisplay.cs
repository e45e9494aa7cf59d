using LlavaMod.Training;
using Spectre.Console;

namespace LlavaMod.Cli.Progress;

/// <summary>A line every two seconds and at the start and end of a stage, for files and pipes.</summary>
internal sealed class PlainDisplay(IAnsiConsole console, TimeProvider time) : ITrainingObserver
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly AnswerMeter answers = new(time);
    private StageMeter meter = new("", 0, 0);
    private long lastLine = time.GetTimestamp();

    public void StageStarted(string stage, int steps, int done)
    {
        meter = new StageMeter(stage, steps, done);
        Write(done == 0 ? $"{stage}: {steps} steps" : $"{stage}: {steps} steps, going on after {done}");
    }

    public void Step(StepResult result, double seconds)
    {
        meter.Add(result, seconds);
        if (IsDue()) Write(string.Join("  ", Parts(result)));
    }

    public void StageFinished(string stage, long peakMemory) => Write(meter.Summary(peakMemory));

    public void Evaluating(string model, int done, int total)
    {
        string left = answers.Left(model, done, total);
        if (done == total || IsDue()) Write($"evaluating {model}: {done}/{total} answers{left}");
    }

    public void Message(string text) => console.WriteLine(text);

    private bool IsDue() => time.GetElapsedTime(lastLine) >= Interval;

    private void Write(string line)
    {
        lastLine = time.GetTimestamp();
        console.WriteLine(line);
    }

    private IEnumerable<string> Parts(StepResult result)
    {
        yield return $"{meter.Name} {result.Step}/{meter.Steps}";
        yield return $"loss {result.Loss:F4}";
        foreach (var (name, loss) in result.Objectives) yield return $"{name} {loss:F4}";
        yield return $"lr {result.LearningRate:G3}";
        yield return meter.TokensPerSecond;
        yield return $"{meter.Left} left";
        if (meter.ExpertLoad.Count > 0)
            yield return $"expert load {100 * meter.ExpertLoad.Min(layer => layer.Min()):F0}-{100 * meter.ExpertLoad.Max(layer => layer.Max()):F0}%";
    }
}
