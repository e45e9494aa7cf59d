using System.CommandLine;
using LlavaMod.Checkpoints;
using LlavaMod.Cli.Progress;
using LlavaMod.Cli.Results;
using LlavaMod.Evaluation;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Evaluation.Judges;
using LlavaMod.Generation;
using LlavaMod.Recipes;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod evaluate MODEL --benchmark NAME --data DIR</c>: asks a model on disk a benchmark's questions, and scores its answers.</summary>
internal static class EvaluateVerb
{
    private const string World = "world";

    public static Command Create(Terminal terminal)
    {
        var model = ModelArgument.Create();
        var limit = new Option<int?>("--limit") { HelpName = "N", Description = "Ask the first N questions alone; the result says so" };
        var partial = new Option<bool>("--allow-partial") { Description = "Leave out questions whose pictures are missing or broken; the result counts them" };
        var output = new Option<string?>("--out") { HelpName = "DIR", Description = "Where answers and result go; a stopped evaluation goes on there [default: evaluation/MODEL/BENCHMARK]" };
        var command = new Command("evaluate", "Ask a model a benchmark's questions, and score its answers as the papers do") { model, limit, partial, output };
        var benchmark = new BenchmarkArguments(command, otherwise: World);
        var judge = new JudgeArguments();
        judge.AddTo(command);
        command.SetAction(parse => Run(
            parse.GetRequiredValue(model), benchmark.Read(parse, parse.GetValue(limit)), judge.Read(parse), parse.GetValue(output), parse.GetValue(partial), terminal));
        return command;
    }

    private static void Run(string path, BenchmarkSpec spec, ChosenJudge? judge, string? output, bool allowPartial, Terminal terminal)
    {
        ModelArgument.Require(path, "evaluate");
        var benchmark = spec.Create();
        // Before hours of answers.
        if (judge is not null) ChosenJudge.RubricOf(benchmark, spec.Name);
        if (benchmark is Agreement { Teacher: null }) throw new UserError("agreement compares with a teacher; --set teacher=FOLDER names it");
        using var data = spec.Open();
        string folder = output ?? Path.Combine("evaluation", ModelFolder.NameOf(path), spec.Name);
        var run = new BenchmarkRun(spec, data, folder) { AllowPartial = allowPartial };
        run.Check();
        var asked = Ask(run, path, spec, benchmark, terminal);
        JudgeUse? use = null;
        string answers = run.Answers;
        if (judge is not null) (answers, use) = judge.Ask(benchmark, spec.Name, data, answers, run.IsPartial, terminal);
        else if (benchmark is IJudged)
        {
            terminal.Text.WriteLine($"answers in {run.Answers}");
            terminal.Text.WriteLine($"{spec.Name} is scored by a judge, and none was named: the same command with --judge-url URL --judge-model NAME goes on from these answers");
            return;
        }
        else if (benchmark.WhyUnscored(data) is { } reason)
        {
            terminal.Text.WriteLine($"answers in {run.Answers}");
            terminal.Text.WriteLine(reason);
            return;
        }
        BenchmarkScores.Write(run.Score(asked, answers, use), terminal);
        terminal.Text.WriteLine($"answers in {run.Answers}, the result in {run.Result}");
    }

    // What the files say of the model that was asked.
    private static AskedModel Ask(BenchmarkRun run, string path, BenchmarkSpec spec, Benchmark benchmark, Terminal terminal)
    {
        using var scope = new TensorScope();
        using var chat = ChatModel.Load(path, ModelFolder.StoredType(path), report: terminal.Text.WriteLine);
        using var teacher = benchmark is Agreement agreement ? Teacher(agreement, terminal) : null;
        using var vision = new VisionFeatures();
        var student = new Answerer(chat.Model, chat.Encoding, vision);
        IRespondent respondent = teacher is null ? student : new AgreementRespondent(student, new Answerer(teacher.Model, teacher.Encoding, vision));
        var asked = AskedModel.Of(path, chat.Encoding, spec, (benchmark as Agreement)?.Teacher);
        try
        {
            ProgressDisplay.Run(terminal.Output, TimeProvider.System, observer => run.Ask(
                respondent, asked, chat.Model.Config, (done, total) => observer.Evaluating(path, done, total), terminal.Stop));
        }
        catch (OperationCanceledException)
        {
            terminal.Error.WriteLine($"llavamod: answers so far are in {run.Answers}; the same command goes on");
            throw;
        }
        return asked;
    }

    private static ChatModel Teacher(Agreement agreement, Terminal terminal)
    {
        string path = agreement.Teacher!;
        return ChatModel.Load(path, ModelFolder.StoredType(path), report: terminal.Text.WriteLine);
    }
}
