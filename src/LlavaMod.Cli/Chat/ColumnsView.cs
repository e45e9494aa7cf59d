using System.Diagnostics;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LlavaMod.Cli.Chat;

/// <summary>Answers side by side, a token of each in turn, redrawn in place; what has come stays.</summary>
internal sealed class ColumnsView(Terminal terminal) : ChatView(terminal)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public override void Show(IReadOnlyList<ShownAnswer> answers, CancellationToken stop)
    {
        try
        {
            // The end is what grows, where the answers do not fit the screen.
            Terminal.Output.Live(Text.Empty).AutoClear(true).Cropping(VerticalOverflowCropping.Top).Start(live => Make(answers, live, stop));
        }
        finally
        {
            Terminal.Output.Write(Columns(answers));
        }
    }

    private static void Make(IReadOnlyList<ShownAnswer> answers, LiveDisplayContext live, CancellationToken stop)
    {
        long drawn = 0;
        while (answers.Any(answer => !answer.Answer.IsDone))
        {
            foreach (var answer in answers.Where(answer => !answer.Answer.IsDone)) answer.Answer.Step(stop);
            if (Stopwatch.GetElapsedTime(drawn) < Interval) continue;
            live.UpdateTarget(Columns(answers));
            drawn = Stopwatch.GetTimestamp();
        }
    }

    private static Table Columns(IReadOnlyList<ShownAnswer> answers)
    {
        var table = new Table { Border = TableBorder.Rounded, Expand = true, ShowFooters = true };
        foreach (var (talker, answer) in answers)
        {
            table.AddColumn(new TableColumn(new Text(TerminalText.Of(talker.Name), new Style(decoration: Decoration.Bold)))
            {
                Width = 1, // equal shares of what there is
                Footer = new Text(answer.Statistics.ToString(), new Style(Color.Grey)),
            });
        }
        return table.AddRow(answers.Select(IRenderable (answer) => new Text(TerminalText.Of(answer.Answer.Text))));
    }
}
