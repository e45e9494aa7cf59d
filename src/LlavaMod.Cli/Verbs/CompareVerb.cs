using System.CommandLine;
using LlavaMod.Cli.Results;
using LlavaMod.Runs;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod compare A.json B.json ...</c>: benchmarks' results side by side, with paired differences and their significance.</summary>
internal static class CompareVerb
{
    public static Command Create(Terminal terminal)
    {
        var results = new Argument<string[]>("RESULT")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "Results that score --out and evaluate --benchmark write, or folders of them; of one benchmark, the others are compared with the first",
        };
        var metrics = new Option<string[]>("--metric") { HelpName = "NAME", DefaultValueFactory = _ => [], Description = "Show this figure only, such as f1; may be given several times" };
        var partial = new Option<bool>("--allow-partial") { Description = "Where some results have more answers than others, compare the questions that all have answered" };
        var markdown = new Option<string?>("--markdown") { HelpName = "FILE", Description = "Also write the table as Markdown" };
        var csv = new Option<string?>("--csv") { HelpName = "FILE", Description = "Also write every number with all its digits as CSV, a row for each figure of each result" };
        var command = new Command("compare", "Compare benchmarks' results, question by question") { results, metrics, partial, markdown, csv };
        command.SetAction(parse =>
        {
            var report = ComparisonReport.Of(parse.GetRequiredValue(results), parse.GetRequiredValue(metrics), parse.GetValue(partial));
            foreach (var table in report.Tables) table.Write(terminal.Output);
            foreach (string note in report.Notes) terminal.Text.WriteLine(note);
            if (parse.GetValue(markdown) is { } page) AtomicFile.WriteNamed("--markdown", page, report.Markdown);
            if (parse.GetValue(csv) is { } rows) AtomicFile.WriteNamed("--csv", rows, ComparisonCsv.Of(report.Compared));
        });
        return command;
    }
}
