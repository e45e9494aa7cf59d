using System.CommandLine;
using LlavaMod.Recipes;
using LlavaMod.Stages;

namespace LlavaMod.Cli;

/// <summary>The arguments that say which benchmark is meant and where its files are, alike in every verb.</summary>
internal sealed class BenchmarkArguments
{
    private readonly Option<string> benchmark;
    private readonly Option<string?> data = new("--data") { HelpName = "PATH", Description = "The folder with the benchmark's published files, plain or as .gz" };
    private readonly Option<string?> images = new("--images") { HelpName = "PATH", Description = "The folder, .zip or .tar with its pictures, where that is elsewhere" };
    private readonly Option<string[]> set = new("--set") { HelpName = "KEY=VALUE", DefaultValueFactory = _ => [], Description = "An option of the benchmark: --set count=100" };

    /// <param name="command">The verb that takes them.</param>
    /// <param name="otherwise">The benchmark when none is named; null where one must be.</param>
    public BenchmarkArguments(Command command, string? otherwise = null)
    {
        benchmark = new Option<string>("--benchmark")
        {
            HelpName = "NAME",
            Required = otherwise is null,
            Description = "Which: llavamod list benchmarks names them",
        };
        if (otherwise is not null) benchmark.DefaultValueFactory = _ => otherwise;
        command.Add(benchmark);
        command.Add(data);
        command.Add(images);
        command.Add(set);
    }

    /// <summary>Whether one may be skipped questions and answers that are missing.</summary>
    public static Option<bool> AllowPartial() => new("--allow-partial") { Description = "Score what is answered where some questions are not; the result says so" };

    /// <summary>The benchmark.</summary>
    /// <exception cref="UserError">There is no such benchmark, file or option.</exception>
    public BenchmarkSpec Read(ParseResult parse, int? limit = null) => BenchmarkSpec.Of(
        parse.GetRequiredValue(benchmark), parse.GetValue(data), parse.GetValue(images), limit, parse.GetRequiredValue(set), LibraryParts.All);
}
