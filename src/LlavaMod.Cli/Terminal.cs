using Spectre.Console;

namespace LlavaMod.Cli;

/// <summary>Where a verb prints, and how it learns that it should stop.</summary>
/// <param name="Output">Results and progress: coloured and live on a terminal, plain text in a file or a pipe.</param>
/// <param name="Error">Errors, a line each.</param>
/// <param name="Stop">Cancelled by Ctrl-C. A verb then saves what it has and throws <see cref="OperationCanceledException"/>.</param>
internal sealed record Terminal(IAnsiConsole Output, TextWriter Error, CancellationToken Stop)
{
    // Whatever reads a file or a pipe wants its lines unbroken.
    private const int Unlimited = 100_000;

    /// <summary>What the user types, or a file or pipe in its place.</summary>
    public TextReader Input { get => field ?? Console.In; init; }

    /// <summary>What Ctrl-C goes through; null where nobody can press it.</summary>
    public Interrupt? Interrupt { get; init; }

    /// <summary>Whether text may be coloured and redrawn.</summary>
    public bool IsLive => Output.Profile.Capabilities is { Ansi: true, Interactive: true };

    /// <summary>Whether somebody sits at it.</summary>
    public bool IsInteractive => IsLive && !Console.IsInputRedirected;

    /// <summary>Plain text, for help and for output that other programs read.</summary>
    public TextWriter Text => Output.Profile.Out.Writer;

    /// <summary>The process's own terminal, or plain text when its output goes elsewhere or the terminal is dumb.</summary>
    public static Terminal OfProcess(Interrupt interrupt)
    {
        var plain = Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";
        var output = plain ? Plain(Console.Out) : AnsiConsole.Console;
        return new Terminal(output, Console.Error, interrupt.Token) { Interrupt = interrupt };
    }

    /// <summary>A console without colours, movement or a line width.</summary>
    public static IAnsiConsole Plain(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = Unlimited;
        return console;
    }
}
