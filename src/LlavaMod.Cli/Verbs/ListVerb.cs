using System.CommandLine;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Recipes;
using LlavaMod.Recipes.Yaml;
using LlavaMod.Stages;
using Spectre.Console;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod list</c>: the recipes that come with the program, and the named parts that recipes are made of, with their keys and defaults.</summary>
internal static class ListVerb
{
    private static readonly YamlSource Nowhere = new("", 0, "");

    private static readonly (string Kind, Func<RecipeParts, IEnumerable<Part>> Parts)[] Kinds =
    [
        ("objectives", parts => Parts(parts.Objectives)),
        ("models", parts => Parts([.. parts.Languages, .. parts.Visions])),
        ("connectors", parts => Parts(parts.Connectors)),
        ("formats", parts => Parts(parts.Formats)),
        ("templates", parts => Parts(parts.Templates)),
        ("benchmarks", _ => Parts(Catalog<Benchmark>.Entries)),
        ("recipes", _ => ShippedRecipes.All.Select(recipe => new Part(recipe.Name, recipe.Summary, null))),
    ];

    private sealed record Part(string Name, string Summary, Type? Options);

    private static IEnumerable<Part> Parts(IEnumerable<CatalogEntry> entries) => entries.Select(entry => new Part(entry.Name, entry.Summary, entry.OptionsType));

    public static Command Create(Terminal terminal)
    {
        var names = string.Join(", ", Kinds.Select(kind => kind.Kind));
        var kind = new Argument<string?>("KIND") { Arity = ArgumentArity.ZeroOrOne, Description = $"Only this kind, with the keys and defaults of each: {names}" };
        var command = new Command("list", "List recipes and the parts that they are made of: objectives, models, connectors, formats, templates, benchmarks") { kind };
        command.SetAction(parse => Run(parse.GetValue(kind), terminal.Output));
        return command;
    }

    private static int Run(string? wanted, IAnsiConsole output)
    {
        var kinds = wanted is null ? Kinds : Kinds.Where(kind => kind.Kind == wanted).ToArray();
        if (kinds.Length == 0) throw new UserError($"unknown kind of part '{wanted}'; {Nearest.Hint(wanted!, Kinds.Select(kind => kind.Kind))}");
        var parts = LibraryParts.All;
        foreach (var (kind, list) in kinds)
        {
            output.MarkupLine($"[bold]{kind}[/]");
            foreach (var part in list(parts)) Write(part, withKeys: wanted is not null, output);
        }
        return ExitCode.Fine;
    }

    private static void Write(Part part, bool withKeys, IAnsiConsole output)
    {
        output.WriteLine($"  {part.Name,-20} {part.Summary}");
        if (!withKeys || part.Options is not { } options) return;
        foreach (var line in Keys(options)) output.WriteLine($"  {"",-22} {line}");
    }

    private static string[] Keys(Type options)
    {
        var keys = RecordShape.Of(options).Members.Select(member =>
            KeyValuePair.Create(member.Key, RecordWriter.Write(member.Required ? "REQUIRED" : member.Default)));
        return YamlWriter.Write(new YamlMap(Nowhere, [.. keys])).TrimEnd().Split('\n');
    }
}
