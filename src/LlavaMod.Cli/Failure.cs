namespace LlavaMod.Cli;

/// <summary>The one place where an exception becomes a message and an exit code.</summary>
internal static class Failure
{
    public static int Report(Exception error, bool verbose, TextWriter output)
    {
        var (code, message) = error switch
        {
            UserError => (ExitCode.UserError, error.Message),
            OperationCanceledException => (ExitCode.Cancelled, "stopped"),
            _ => (ExitCode.Failed, $"failed: {FirstLine(error.Message)} ({error.GetType().Name}{(verbose ? "" : "; --verbose prints the stack trace")})"),
        };
        output.WriteLine($"llavamod: {TerminalText.Of(message)}");
        if (verbose) output.WriteLine(error);
        return code;
    }

    private static string FirstLine(string text) => text.AsSpan().Trim().EnumerateLines() is var lines && lines.MoveNext() ? lines.Current.ToString() : "";
}
