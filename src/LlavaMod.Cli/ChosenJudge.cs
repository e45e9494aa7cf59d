using LlavaMod.Cli.Progress;
using LlavaMod.Data;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Evaluation.Judges;

namespace LlavaMod.Cli;

/// <summary>A judge as the command line names it.</summary>
/// <param name="Options">Which model, and where.</param>
/// <param name="Prompt">The words with which it is asked; null for the benchmark's.</param>
/// <param name="Reviews">Where its reviews go; null for beside the answers.</param>
internal sealed record ChosenJudge(JudgeOptions Options, JudgePrompt? Prompt, string? Reviews)
{
    /// <summary>The rubric of a benchmark.</summary>
    /// <exception cref="UserError">The benchmark needs no judge.</exception>
    public static Rubric RubricOf(Benchmark benchmark, string name) =>
        (benchmark as IJudged)?.Rubric ?? throw new UserError($"{name} knows the right answers and asks no judge; leave --judge-url and --judge-model out");

    /// <summary>Has a benchmark's answers judged; what the judge said before, also in a run that was stopped, is not asked again.</summary>
    /// <returns>The file of reviews, which the benchmark scores, and what judging took.</returns>
    /// <exception cref="UserError">Files do not belong together, or the judge does not answer.</exception>
    public (string Reviews, JudgeUse Use) Ask(Benchmark benchmark, string name, BenchmarkFolder data, string answers, bool allowPartial, Terminal terminal)
    {
        var rubric = RubricOf(benchmark, name);
        string reviews = ReviewsOf(answers, rubric);
        using var cache = JudgeCache.Open(Path.ChangeExtension(reviews, ".judge-cache"));
        using var judge = new Judge(Options, cache);
        try
        {
            JudgeUse? use = null;
            RowProgress.Run(terminal.Output, TimeProvider.System, $"judging {name}", "answers", progress =>
                use = new Judgement(rubric, Prompt).Run(judge, data, answers, reviews, allowPartial, progress, terminal.Stop).GetAwaiter().GetResult());
            terminal.Text.WriteLine($"reviews: {reviews}");
            if (use!.Unparsed.Count > 0) terminal.Text.WriteLine($"{use.Unparsed.Count:N0} reviews have no score, also when asked for again: {OneLine.First(use.Unparsed, int.MaxValue)}");
            return (reviews, use);
        }
        finally
        {
            if (judge.Usage.Requests > 0) terminal.Text.WriteLine(judge.Usage);
        }
    }

    private string ReviewsOf(string answers, Rubric rubric)
    {
        string path = Reviews ?? Path.ChangeExtension(answers, $".reviews{rubric.ReviewsExtension}"), full = Path.GetFullPath(path);
        if (full == Path.GetFullPath(answers)) throw new UserError($"--reviews is {path}, the file of the answers itself; name another");
        if (Directory.Exists(full)) throw new UserError($"--reviews is {path}, a folder; name a file");
        return Directory.Exists(Path.GetDirectoryName(full)) ? path : throw new UserError($"--reviews is {path}, whose folder does not exist");
    }
}
