namespace LlavaMod.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCode
{
    public const int Fine = 0;

    /// <summary>The command line, a recipe or a file is wrong; one line on stderr says what to do.</summary>
    public const int UserError = 1;

    /// <summary>The run failed.</summary>
    public const int Failed = 2;

    /// <summary>Stopped by Ctrl-C, after saving.</summary>
    public const int Cancelled = 130;
}
