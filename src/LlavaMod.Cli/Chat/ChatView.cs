using LlavaMod.Cli.Answers;
using Spectre.Console;

namespace LlavaMod.Cli.Chat;

/// <summary>An answer on its way, and whose it is.</summary>
internal sealed record ShownAnswer(Talker Talker, LiveAnswer Answer);

/// <summary>How a chat is shown. What models and files say is data: nothing in it moves the cursor or sets a colour.</summary>
internal abstract class ChatView(Terminal terminal)
{
    /// <summary>Narrower, two columns are not read easily.</summary>
    private const int LeastForColumns = 80;

    protected Terminal Terminal => terminal;

    /// <summary>Side by side where there are several models and room for them; else one after another, which a file or pipe can hold.</summary>
    public static ChatView For(int models, Terminal terminal) =>
        models > 1 && terminal.IsLive && terminal.Output.Profile.Width >= LeastForColumns ? new ColumnsView(terminal) : new StreamView(terminal);

    /// <summary>Makes the answers, and shows them as they come.</summary>
    /// <param name="answers">Those to make.</param>
    /// <param name="stop">Stops between tokens.</param>
    /// <exception cref="OperationCanceledException">It was stopped; what has come is shown.</exception>
    public abstract void Show(IReadOnlyList<ShownAnswer> answers, CancellationToken stop);

    /// <summary>Invites the user to type, where somebody sits at the terminal.</summary>
    public void Invite()
    {
        if (!terminal.IsInteractive) return;
        terminal.Output.Write(new Text("> ", new Style(decoration: Decoration.Bold)));
    }

    /// <summary>Says something that is not part of the conversation.</summary>
    public void Note(string text) => terminal.Output.WriteLine(TerminalText.Of(text), new Style(Color.Grey));

    /// <summary>Says what is wrong.</summary>
    public void Complain(string text)
    {
        if (terminal.IsLive) terminal.Output.WriteLine(TerminalText.Of(text), new Style(Color.Red));
        else terminal.Error.WriteLine(TerminalText.Of(text));
    }
}
