using Spectre.Console;
using Spectre.Console.Rendering;

namespace LlavaMod.Cli.Progress;

/// <summary>A bar for the stage that runs, redrawn in place; what is finished stays above it as lines.</summary>
internal sealed class LiveDisplay : IProgressDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly IAnsiConsole console;
    private readonly TimeProvider time;
    private readonly LiveDisplayContext live;
    private StageProgress stage = new("", 0);
    private long lastDrawn;

    private LiveDisplay(IAnsiConsole console, TimeProvider time, LiveDisplayContext live) => (this.console, this.time, this.live) = (console, time, live);

    public static void Run(IAnsiConsole console, TimeProvider time, Action<IProgressDisplay> work) =>
        console.Live(Text.Empty).AutoClear(true).Start(live => work(new LiveDisplay(console, time, live)));

    public void StageStarted(string name, int steps)
    {
        stage = new StageProgress(name, steps);
        Draw();
    }

    public void Step(StepReport report)
    {
        stage.Add(report);
        if (time.GetElapsedTime(lastDrawn) >= Interval) Draw();
    }

    public void StageFinished()
    {
        live.UpdateTarget(Text.Empty);
        console.MarkupLine($"[green]✓[/] {stage.Summary.EscapeMarkup()}");
    }

    public void Message(string text) => console.WriteLine(text);

    private void Draw()
    {
        lastDrawn = time.GetTimestamp();
        live.UpdateTarget(new Rows(Lines()));
    }

    private IEnumerable<IRenderable> Lines()
    {
        var done = stage.Last?.Step ?? 0;
        yield return new Markup($"[bold]{stage.Name.EscapeMarkup()}[/] {Bar(done, stage.Steps)} {done}/{stage.Steps}");
        if (stage.Last is not { } last) yield break;
        yield return new Markup($"  loss [yellow]{last.Loss:F4}[/]  [grey]lr {last.LearningRate:G3}[/]  {stage.TokensPerSecond}  {stage.Left} left");
        if (last.Objectives.Count > 1)
            yield return new Text("  " + string.Join("  ", last.Objectives.Select(objective => $"{objective.Key} {objective.Value:F4}")));
        if (stage.ExpertLoad.Count > 0)
            yield return new Markup($"  experts [blue]{string.Join(' ', stage.ExpertLoad.Select(Sparkline.OfShares))}[/]");
    }

    private static string Bar(int done, int steps)
    {
        const int width = 40;
        var full = steps > 0 ? Math.Min(width, width * done / steps) : 0;
        return $"[green]{new string('━', full)}[/][grey]{new string('─', width - full)}[/]";
    }
}
