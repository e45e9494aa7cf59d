using System.CommandLine;
using LlavaMod.Cli.Results;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Recipes;
using LlavaMod.Runs;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod score --benchmark NAME --answers FILE --data DIR</c>: a benchmark's score from anybody's file of answers.</summary>
internal static class ScoreVerb
{
    public static Command Create(Terminal terminal)
    {
        var answers = new Option<string>("--answers") { HelpName = "PATH", Required = true, Description = "The answers, or a judge's reviews of them, as the benchmark's own scripts read them; with --judge-url always the answers" };
        var partial = BenchmarkArguments.AllowPartial();
        var output = new Option<string?>("--out") { HelpName = "FILE", Description = "Write the result as JSON" };
        var command = new Command("score", "Score answers to a benchmark as its papers do") { answers, partial, output };
        var benchmark = new BenchmarkArguments(command);
        var judge = new JudgeArguments();
        judge.AddTo(command);
        command.SetAction(parse => Run(benchmark.Read(parse), parse.GetRequiredValue(answers), parse.GetValue(partial), judge.Read(parse), parse.GetValue(output), terminal));
        return command;
    }

    private static void Run(BenchmarkSpec spec, string answers, bool allowPartial, ChosenJudge? judge, string? output, Terminal terminal)
    {
        if (!Path.Exists(answers)) throw new UserError($"{answers}: no such file or folder");
        var benchmark = spec.Create();
        using var data = spec.Open();
        JudgeUse? use = null;
        if (judge is not null) (answers, use) = judge.Ask(benchmark, spec.Name, data, answers, allowPartial, terminal);
        var result = new BenchmarkResult { Benchmark = spec.Name, Options = spec.OptionsJson(), Score = benchmark.Score(data, answers, allowPartial), Judge = use };
        BenchmarkScores.Write(result, terminal);
        if (output is not null) AtomicFile.WriteNamed("--out", output, result.ToJson());
    }
}
