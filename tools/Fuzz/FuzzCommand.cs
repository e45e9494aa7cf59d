using System.CommandLine;
using LlavaMod.Fuzz.Processes;

namespace LlavaMod.Fuzz;

/// <summary>The command line of <c>./llavamod fuzz</c>.</summary>
public static class FuzzCommand
{
    private const int Fine = 0, Wrong = 1;

    private static readonly Option<double> Minutes = new("--minutes") { HelpName = "N", DefaultValueFactory = _ => 1, Description = "How long to go on" };

    private static readonly Option<string[]> Wanted = new("--target")
    {
        HelpName = "T",
        Description = "A reader to fuzz; may be given more than once. All of them where absent",
    };

    private static readonly Option<int> Seed = new("--seed")
    {
        HelpName = "S",
        DefaultValueFactory = _ => Environment.TickCount & 0xFFFFFF,
        Description = "The same seed gives the same mutants",
    };

    private static readonly Option<string> Output = new("--out")
    {
        HelpName = "DIR",
        DefaultValueFactory = _ => "fuzz-failures",
        Description = "Where failing mutants are saved",
    };

    private static readonly Option<string?> Replay = new("--replay") { HelpName = "PATH", Description = "Try one saved mutant, a file or a folder, with its --target" };

    /// <summary>The command. It exits with 1 when a mutant failed.</summary>
    public static RootCommand Create()
    {
        var targets = string.Join(", ", FuzzTarget.All.Select(target => target.Name));
        Wanted.Validators.Add(result =>
        {
            foreach (var unknown in result.Tokens.Select(token => token.Value).Except(FuzzTarget.All.Select(target => target.Name)))
                result.AddError($"there is no target '{unknown}'; there are {targets}");
        });
        var command = new RootCommand($"Give mutants of small valid files to every reader of files; each must load or be refused with a typed error.\nTargets: {targets}")
        {
            Minutes, Wanted, Seed, Output, Replay,
        };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult parse)
    {
        var names = parse.GetValue(Wanted) ?? [];
        FuzzTarget[] targets = [.. FuzzTarget.All.Where(target => names.Length == 0 || names.Contains(target.Name))];
        if (parse.GetValue(Replay) is { } path)
            return targets.Length == 1 && Path.Exists(path) ? await TryAgain(targets[0], path) : Refuse($"--replay needs one --target and a path that exists; seen: {path}");
        var run = new LongRun(targets, parse.GetValue(Seed), new FailureFolder(parse.GetValue(Output)!));
        return await run.Go(TimeSpan.FromMinutes(parse.GetValue(Minutes))) ? Fine : Wrong;
    }

    private static async Task<int> TryAgain(FuzzTarget target, string path)
    {
        using var worker = new WorkerProcess();
        var outcome = await worker.Run(target, Path.GetFullPath(path));
        Console.WriteLine(outcome.Failures is [var failure, ..] ? $"{failure.Kind}: {failure.Detail}" : outcome.Loaded > 0 ? "loaded" : "refused, as it should be");
        return outcome.Failures.Count > 0 ? Wrong : Fine;
    }

    private static int Refuse(string message)
    {
        Console.Error.WriteLine($"fuzz: {message}");
        return Wrong;
    }
}
