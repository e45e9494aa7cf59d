using System.CommandLine;
using System.Globalization;
using LlavaMod.Cli.Results;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Recipes;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod score --benchmark NAME --answers FILE --data DIR</c>: a benchmark's score from anybody's file of answers.</summary>
internal static class ScoreVerb
{
    public static Command Create(Terminal terminal)
    {
        var benchmark = new Option<string>("--benchmark") { HelpName = "NAME", Required = true, Description = "Which: llavamod list benchmarks names them" };
        var answers = new Option<string>("--answers") { HelpName = "PATH", Required = true, Description = "The answers, or a judge's reviews of them, as the benchmark's own scripts read them; with --judge-url always the answers" };
        var data = new Option<string>("--data") { HelpName = "DIR", Required = true, Description = "The folder with the benchmark's published files, plain or as .gz" };
        var partial = new Option<bool>("--allow-partial") { Description = "Score what is answered where some questions are not; the result says so" };
        var output = new Option<string?>("--out") { HelpName = "FILE", Description = "Write the result as JSON" };
        var command = new Command("score", "Score answers to a benchmark as its papers do") { benchmark, answers, data, partial, output };
        var judge = new JudgeArguments();
        judge.AddTo(command);
        command.SetAction(parse => Run(
            parse.GetRequiredValue(benchmark), parse.GetRequiredValue(answers), parse.GetRequiredValue(data), parse.GetValue(partial), judge.Read(parse), parse.GetValue(output), terminal));
        return command;
    }

    private static void Run(string name, string answers, string data, bool allowPartial, ChosenJudge? judge, string? output, Terminal terminal)
    {
        var benchmark = Catalog<Benchmark>.Create(name);
        if (!Path.Exists(answers)) throw new UserError($"{answers}: no such file or folder");
        using var folder = new BenchmarkFolder(data);
        JudgeUse? use = null;
        if (judge is not null) (answers, use) = judge.Ask(benchmark, name, folder, answers, allowPartial, terminal);
        var score = benchmark.Score(folder, answers, allowPartial);
        var headline = new FigureTable(name, "value", "95 % interval");
        foreach (var (metric, value) in score.Figures.Metrics)
            headline.Add(metric, Number(value), score.Intervals.TryGetValue(metric, out var interval) ? $"{Number(interval.Low)} - {Number(interval.High)}" : "");
        headline.Write(terminal.Output);
        if (score.Figures.Categories is { Count: > 0 } categories) Categories(categories).Write(terminal.Output);
        terminal.Text.WriteLine($"{score.Answered:N0} of {score.Questions:N0} questions answered{(score.IsPartial ? ": a PARTIAL score" : "")}");
        if (output is not null) new BenchmarkResult { Benchmark = name, Score = score, Judge = use }.Write(output);
    }

    private static FigureTable Categories(IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> categories)
    {
        string[] metrics = [.. categories.Values.SelectMany(figures => figures.Keys).Distinct()];
        var table = new FigureTable(["category", .. metrics]);
        foreach (var (category, figures) in categories) table.Add([category, .. metrics.Select(metric => figures.TryGetValue(metric, out double value) ? Number(value) : "")]);
        return table;
    }

    // Four digits behind the point are what the scripts of the field print at most.
    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
