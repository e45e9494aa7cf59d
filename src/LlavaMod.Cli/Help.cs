using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace LlavaMod.Cli;

/// <summary>The help of llavamod itself; one verb is explained by the standard help.</summary>
internal sealed class Help(HelpAction verbHelp) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        if (parseResult.CommandResult.Command is not RootCommand root) return verbHelp.Invoke(parseResult);
        Write(root, parseResult.InvocationConfiguration.Output);
        return ExitCode.Fine;
    }

    private static void Write(RootCommand root, TextWriter output)
    {
        output.WriteLine($"{root.Description}\n\nUsage: {root.HelpName} VERB [options]\n");
        WriteColumns(output, root.Subcommands.Select(verb => (verb.Name, verb.Description)));
        output.WriteLine();
        WriteColumns(output, root.Options.Select(option => (string.Join(", ", option.Aliases.Prepend(option.Name)), option.Description)));
        output.WriteLine($"\n{root.HelpName} VERB --help explains a verb.");
        output.WriteLine("Exit codes: 0 fine, 1 something in your hands is wrong (one line says what), 2 the run failed, 130 stopped by Ctrl-C.");
    }

    private static void WriteColumns(TextWriter output, IEnumerable<(string Name, string? Description)> rows)
    {
        foreach (var (name, description) in rows) output.WriteLine($"  {name,-12} {FirstLine(description)}");
    }

    private static string FirstLine(string? description) => (description ?? "").Split('\n')[0];
}
