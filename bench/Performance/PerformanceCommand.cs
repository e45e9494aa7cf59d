using System.CommandLine;
using LlavaMod.Performance.Results;
using LlavaMod.Runs;

namespace LlavaMod.Performance;

/// <summary>The command line of bench/run.</summary>
internal static class PerformanceCommand
{
    private const int Fine = 0, Wrong = 1;

    private static readonly string Document = Path.Combine(Repository.Root, "docs", "performance.md");

    private static readonly Option<string?> Only = new("--only") { HelpName = "ROW,...", Description = "Measure these rows; all of them where absent" };
    private static readonly Option<bool> List = new("--list") { Description = "Print the rows and about how long each takes, and measure nothing" };
    private static readonly Option<bool> Quick = new("--quick") { Description = "Measure everything once, to see that it runs" };
    private static readonly Option<int?> Pairs = new("--pairs") { HelpName = "N", Description = "How often the two sides take turns; every row has its own default" };
    private static readonly Option<bool> CheckReal = new("--check-real") { Description = "Compare losses and gradients at the real sizes too; needs 12 GB" };
    private static readonly Option<bool> SlowTypes = new("--bf16") { Description = "Run the peer in bf16 even where this machine has no arithmetic for it: up to an hour a row" };
    private static readonly Option<bool> Resume = new("--resume") { Description = "Leave the rows that the file holds already" };
    private static readonly Option<bool> Docs = new("--docs") { Description = "Write the table into docs/performance.md too" };

    private static readonly Option<string> Output = new("--out")
    {
        HelpName = "FILE",
        DefaultValueFactory = _ => "runs/performance.json",
        Description = "Where rows are kept as they finish; the table goes beside it, as .md",
    };

    public static RootCommand Create()
    {
        Pairs.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1) result.AddError("--pairs is at least 1");
        });
        Only.Validators.Add(result =>
        {
            foreach (string unknown in Names(result.GetValueOrDefault<string?>()).Except(Row.All.Select(row => row.Name)))
                result.AddError($"there is no row '{unknown}'; there are {string.Join(", ", Row.All.Select(row => row.Name))}");
        });
        var command = new RootCommand(
            "Measure this program beside plain PyTorch, side by side, and print one table. Peers are scripts in bench/peers; their losses and gradients are "
            + "compared with ours before anything is timed. Exits with 1 where a row fails.")
        {
            Only, List, Quick, Pairs, CheckReal, SlowTypes, Output, Resume, Docs,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parse)
    {
        try
        {
            return Measure(parse);
        }
        catch (UserError error)
        {
            Console.Error.WriteLine($"bench: {error.Message}");
            return Wrong;
        }
    }

    private static int Measure(ParseResult parse)
    {
        string[] names = Names(parse.GetValue(Only));
        Row[] rows = [.. Row.All.Where(row => names.Length == 0 || names.Contains(row.Name))];
        var options = new SessionOptions(parse.GetValue(Pairs), parse.GetValue(Quick), parse.GetValue(CheckReal), parse.GetValue(SlowTypes));
        using var session = new Session(options, Console.Error, Rates.Measure);
        if (parse.GetValue(List))
        {
            foreach (var row in rows) Console.WriteLine($"{row.Name,-24}{row.Seconds(session),6:f0} s  {row.What}");
            return Fine;
        }
        string path = Path.GetFullPath(parse.GetValue(Output)!);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var file = ResultFile.Open(path, Machine.Here());
        var failed = new PerformanceRun(rows, file, session, Repository.Revision()).Go(parse.GetValue(Resume));
        Print(file, path, parse.GetValue(Docs));
        if (failed.Count == 0) return Fine;
        Console.Error.WriteLine($"bench: failed: {string.Join(", ", failed)}");
        return Wrong;
    }

    private static void Print(ResultFile file, string path, bool docs)
    {
        string table = MarkdownTable.Of(file, Row.All);
        Console.Write(table);
        AtomicFile.Write(Path.ChangeExtension(path, ".md"), table);
        if (docs) AtomicFile.Write(Document, MarkdownTable.Place(File.ReadAllText(Document), Document, table));
    }

    private static string[] Names(string? list) => list?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
