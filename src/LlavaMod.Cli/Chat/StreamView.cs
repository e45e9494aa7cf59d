using Spectre.Console;

namespace LlavaMod.Cli.Chat;

/// <summary>Answers as text that grows, one model after the other.</summary>
internal sealed class StreamView(Terminal terminal) : ChatView(terminal)
{
    /// <inheritdoc/>
    public override void Show(IReadOnlyList<ShownAnswer> answers, CancellationToken stop)
    {
        foreach (var answer in answers)
        {
            if (answers.Count > 1) Terminal.Output.WriteLine($"{TerminalText.Of(answer.Talker.Name)}:", new Style(decoration: Decoration.Bold));
            Stream(answer, stop);
            if (answers.Count > 1 || Terminal.IsLive) Note($"({answer.Answer.Statistics})");
        }
    }

    private void Stream(ShownAnswer answer, CancellationToken stop)
    {
        try
        {
            while (!answer.Answer.IsDone)
            {
                Terminal.Text.Write(TerminalText.Of(answer.Answer.Step(stop)));
                Terminal.Text.Flush();
            }
        }
        finally
        {
            Terminal.Text.WriteLine();
        }
    }
}
