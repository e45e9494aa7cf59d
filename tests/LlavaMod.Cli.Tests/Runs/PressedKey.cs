using System.Runtime.InteropServices;

namespace LlavaMod.Cli.Tests.Runs;

/// <summary>Standard output at which somebody presses Ctrl-C as soon as certain texts have come, one press for each.</summary>
internal sealed class PressedKey(Interrupt interrupt, params string[] cues) : StringWriter
{
    private int pressed;

    public override void Write(char value)
    {
        base.Write(value);
        Look();
    }

    public override void Write(string? value)
    {
        base.Write(value);
        Look();
    }

    public override void Write(char[] buffer, int index, int count)
    {
        base.Write(buffer, index, count);
        Look();
    }

    private void Look()
    {
        if (pressed < cues.Length && ToString().Contains(cues[pressed], StringComparison.Ordinal))
        {
            pressed++;
            interrupt.Press(PosixSignal.SIGINT);
        }
    }
}
