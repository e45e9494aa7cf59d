using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using LlavaMod.Cli.Verbs;

namespace LlavaMod.Cli;

/// <summary>The command line as a whole: its verbs, and what its errors and exceptions come to.</summary>
internal static class CommandLine
{
    private static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "When something fails, print the stack trace too",
        Recursive = true,
    };

    /// <summary>Runs one command line to its exit code. Throws nothing.</summary>
    public static int Run(IReadOnlyList<string> args, Terminal terminal)
    {
        var parse = Create(terminal).Parse(args.Count == 0 ? ["--help"] : args);
        try
        {
            if (parse.Action is ParseErrorAction) throw new UserError(UsageError.Describe(parse));
            return parse.Invoke(new InvocationConfiguration
            {
                Output = terminal.Text,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
            });
        }
        catch (Exception error)
        {
            return Failure.Report(error, parse.GetValue(Verbose), terminal.Error);
        }
    }

    /// <summary>The verbs, in the order of the help.</summary>
    internal static RootCommand Create(Terminal terminal)
    {
        var root = new RootCommand("Trains tiny multimodal LLMs by Mixture-of-Experts knowledge distillation.")
        {
            HelpName = "llavamod",
        };

        root.Add(QuickstartVerb.Create(terminal));
        root.Add(TrainVerb.Create(terminal));
        root.Add(PlanVerb.Create(terminal));
        root.Add(CacheVerb.Create(terminal));
        root.Add(EvaluateVerb.Create(terminal));
        root.Add(ScoreVerb.Create(terminal));
        root.Add(CompareVerb.Create(terminal));
        root.Add(GenerateVerb.Create(terminal));
        root.Add(ChatVerb.Create(terminal));
        root.Add(UpcycleVerb.Create(terminal));
        root.Add(InspectVerb.Create(terminal));
        root.Add(ConvertVerb.Create(terminal));
        root.Add(DiffVerb.Create(terminal));
        root.Add(ExportVerb.Create(terminal));
        root.Add(WorldVerb.Create(terminal));
        root.Add(DataVerb.Create(terminal));
        root.Add(ListVerb.Create(terminal));
        root.Add(EnvVerb.Create(terminal));
        root.Add(TestVerb.Create());
        root.Add(Verbose);
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        root.Add(new HelpOption("--help", "-h") { Description = "Explain llavamod, or one verb", Action = new Help(new HelpAction()), Recursive = true });
        return root;
    }
}
