using System.Diagnostics;

namespace LlavaMod.Cli.Tests;

/// <summary>Runs llavamod, in this process or as one of its own.</summary>
internal static class Cli
{
    public static Outcome Run(params string[] args) => Type("", args);

    /// <summary>Runs it in this process, with what is typed or comes through a pipe.</summary>
    public static Outcome Type(string input, params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var code = CommandLine.Run(args, new Terminal(Terminal.Plain(output), error, CancellationToken.None) { Input = new StringReader(input) });
        return new Outcome(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs it as a process of its own, as <see cref="Start"/> starts it.</summary>
    public static Task<Outcome> RunApart(params string[] args) => Outcome.Of(Start(AppContext.BaseDirectory, args));

    /// <summary>Starts the built program that lies in a folder, with one thread: models of these sizes only wait for more.</summary>
    public static Process Start(string folder, params string[] args) => Outcome.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(folder, "LlavaMod.Cli.dll"), .. args]) { Environment = { ["OMP_NUM_THREADS"] = "1" } });
}
