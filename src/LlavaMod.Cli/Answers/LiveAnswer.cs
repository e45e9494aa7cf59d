using System.Diagnostics;
using System.Text;
using LlavaMod.Generation;

namespace LlavaMod.Cli.Answers;

/// <summary>An answer on its way: its text so far, and what it has taken. Steps of several may alternate; each counts its own time.</summary>
internal sealed class LiveAnswer(GenerationSession session) : IDisposable
{
    private readonly StringBuilder text = new();
    private readonly Stopwatch clock = new();
    private TimeSpan prefill;
    private int steps;

    /// <summary>The text so far.</summary>
    public string Text => text.ToString();

    /// <summary>Whether it has ended.</summary>
    public bool IsDone => session.IsDone;

    /// <summary>The whole answer; null until it has ended.</summary>
    public GeneratedAnswer? Whole => session.IsDone ? session.Answer(0) : null;

    /// <summary>What it has taken so far.</summary>
    public AnswerStatistics Statistics => new(
        session.PromptTokens(0), Whole?.CompletionTokens ?? steps, prefill, clock.Elapsed - prefill,
        steps > 1 ? (steps - 1) / (clock.Elapsed - prefill).TotalSeconds : null, Whole?.Finish);

    /// <summary>One more token; returns the text that is certain with it.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled before the token.</exception>
    public string Step(CancellationToken cancellation)
    {
        clock.Start();
        try
        {
            string piece = session.Step(cancellation)[0].Text;
            text.Append(piece);
            if (steps++ == 0) prefill = clock.Elapsed;
            return piece;
        }
        finally
        {
            clock.Stop();
        }
    }

    public void Dispose() => session.Dispose();
}
