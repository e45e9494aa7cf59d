using LlavaMod.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LlavaMod.Cli.Progress;

/// <summary>A bar for the stage or the evaluation that runs, redrawn in place; what is finished stays above it as lines.</summary>
internal sealed class LiveDisplay : ITrainingObserver
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly IAnsiConsole console;
    private readonly TimeProvider time;
    private readonly LiveDisplayContext live;
    private readonly AnswerMeter answers;
    private StageMeter meter = new("", 0, 0);
    private long lastDrawn;

    private LiveDisplay(IAnsiConsole console, TimeProvider time, LiveDisplayContext live) =>
        (this.console, this.time, this.live, answers) = (console, time, live, new AnswerMeter(time));

    public static void Run(IAnsiConsole console, TimeProvider time, Action<ITrainingObserver> work) =>
        console.Live(Text.Empty).AutoClear(true).Start(live => work(new LiveDisplay(console, time, live)));

    public void StageStarted(string stage, int steps, int done)
    {
        meter = new StageMeter(stage, steps, done);
        Draw(new Rows(StageLines()));
    }

    public void Step(StepResult result, double seconds)
    {
        meter.Add(result, seconds);
        if (IsDue()) Draw(new Rows(StageLines()));
    }

    public void StageFinished(string stage, long peakMemory) => Keep(meter.Summary(peakMemory));

    public void Evaluating(string model, int done, int total)
    {
        string left = answers.Left(model, done, total);
        if (done == total) Keep($"{model}: {total} answers evaluated");
        else if (IsDue()) Draw(new Markup($"[bold]{model.EscapeMarkup()}[/] {Bar(done, total)} {done}/{total} answers{left}"));
    }

    public void Message(string text) => console.WriteLine(text);

    private bool IsDue() => time.GetElapsedTime(lastDrawn) >= Interval;

    private void Draw(IRenderable picture)
    {
        lastDrawn = time.GetTimestamp();
        live.UpdateTarget(picture);
    }

    private void Keep(string line)
    {
        live.UpdateTarget(Text.Empty);
        console.MarkupLine($"[green]✓[/] {line.EscapeMarkup()}");
    }

    private IEnumerable<IRenderable> StageLines()
    {
        yield return new Markup($"[bold]{meter.Name.EscapeMarkup()}[/] {Bar(meter.Done, meter.Steps)} {meter.Done}/{meter.Steps}");
        if (meter.Last is not { } last) yield break;
        yield return new Markup($"  loss [yellow]{last.Loss:F4}[/]  [grey]lr {last.LearningRate:G3}[/]  {meter.TokensPerSecond}  {meter.Left} left");
        if (last.Objectives.Count > 1)
            yield return new Text("  " + string.Join("  ", last.Objectives.Select(objective => $"{objective.Key} {objective.Value:F4}")));
        if (meter.ExpertLoad.Count > 0)
            yield return new Markup($"  experts [blue]{string.Join(' ', meter.ExpertLoad.Select(Sparkline.OfShares))}[/]");
    }

    private static string Bar(int done, int steps)
    {
        const int width = 40;
        var full = steps > 0 ? Math.Min(width, width * done / steps) : 0;
        return $"[green]{new string('━', full)}[/][grey]{new string('─', width - full)}[/]";
    }
}
