using System.CommandLine;
using System.Globalization;
using LlavaMod.Checkpoints;
using LlavaMod.Cli.Progress;
using LlavaMod.Cli.Results;
using LlavaMod.Teachers;
using LlavaMod.Torch;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod cache TEACHER --data FILE --out DIR</c>: what a teacher says to a dataset, kept for stages that learn from it.</summary>
internal static class CacheVerb
{
    public static Command Create(Terminal terminal)
    {
        var teacher = new Argument<string>("TEACHER") { Description = "The teacher's folder with its tokenizer, such as runs/quickstart/models/teacher-lessons" };
        var output = new Option<string>("--out") { HelpName = "DIR", Required = true, Description = "The cache's folder; one that is there goes on, with further data too" };
        var top = new Option<int>("--top") { HelpName = "N", DefaultValueFactory = _ => new CacheSampling().Top, Description = "The likeliest words of a position, kept with their exact probabilities" };
        var draws = new Option<int>("--draws") { HelpName = "N", DefaultValueFactory = _ => new CacheSampling().Draws, Description = "Words drawn from the rest, in proportion to their probabilities" };
        var tail = new Option<string>("--tail") { HelpName = "NAME", DefaultValueFactory = _ => "sample", Description = "What stands for the rest: sample (unbiased), or nothing is drawn: renormalise, ghost" };
        var seed = new Option<long>("--seed") { HelpName = "S", Description = "The seed of the draws" };
        var command = new Command("cache", "Keep what a teacher says to a dataset: stages then train from it without loading the teacher") { teacher };
        var data = new CacheData(command);
        foreach (var option in (Option[])[output, top, draws, tail, seed]) command.Add(option);
        command.SetAction(parse => Run(
            parse.GetRequiredValue(teacher), data, parse, new CacheSampling(parse.GetValue(top), parse.GetValue(draws), CacheSampling.TailOf(parse.GetRequiredValue(tail))),
            parse.GetValue(seed), parse.GetRequiredValue(output), terminal));
        return command;
    }

    private static void Run(string teacher, CacheData given, ParseResult parse, CacheSampling sampling, long seed, string output, Terminal terminal)
    {
        sampling.Check();
        ModelArgument.Require(teacher, "cache");
        using var scope = new TensorScope();
        using var data = given.Open(parse, teacher, terminal.Text.WriteLine);
        using var model = ModelFolder.Load(teacher, data.Type);
        var settings = CacheSettings.Of(ModelHash.Of(teacher), data.Encoding, data.MaxLength, model.TokensPerImage, data.Rows, sampling, seed);
        var run = new CacheRun(model, teacher, data.Encoding, settings, output);
        CacheManifest? made = null;
        try
        {
            RowProgress.Run(terminal.Output, TimeProvider.System, "caching", "rows", progress => made = run.Execute(data.Sources, progress, terminal.Stop));
        }
        catch (OperationCanceledException)
        {
            terminal.Error.WriteLine($"llavamod: what is done is in {output}; the same command goes on");
            throw;
        }
        foreach (string sample in run.LeftOut) terminal.Text.WriteLine($"left out: {sample}");
        terminal.Text.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{output}: {made!.Samples:N0} samples, {made.Tokens:N0} response tokens, {Figures.Bytes(made.Bytes)}, {made.BytesPerToken:0.0} bytes a token; a stage uses it with teacher_cache"));
    }
}
