using System.CommandLine;
using LlavaMod.Recipes;
using LlavaMod.Recipes.Yaml;
using LlavaMod.Stages;
using Spectre.Console;

namespace LlavaMod.Cli.Verbs;

/// <summary><c>llavamod list</c>: the named parts that recipes are made of, with their keys and defaults.</summary>
internal static class ListVerb
{
    private static readonly YamlSource Nowhere = new("", 0, "");

    private static readonly (string Kind, Func<RecipeParts, IReadOnlyList<CatalogEntry>> Entries)[] Kinds =
    [
        ("objectives", parts => parts.Objectives),
        ("models", parts => [.. parts.Languages, .. parts.Visions, .. parts.Connectors]),
        ("formats", parts => parts.Formats),
        ("templates", parts => parts.Templates),
    ];

    public static Command Create(Terminal terminal)
    {
        var names = string.Join(", ", Kinds.Select(kind => kind.Kind));
        var kind = new Argument<string?>("KIND") { Arity = ArgumentArity.ZeroOrOne, Description = $"Only this kind, with the keys and defaults of each: {names}" };
        var command = new Command("list", "List the parts that recipes are made of: objectives, models, dataset formats, chat templates") { kind };
        command.SetAction(parse => Run(parse.GetValue(kind), terminal.Output));
        return command;
    }

    private static int Run(string? wanted, IAnsiConsole output)
    {
        var kinds = wanted is null ? Kinds : Kinds.Where(kind => kind.Kind == wanted).ToArray();
        if (kinds.Length == 0) throw new UserError($"unknown kind of part '{wanted}'; {Nearest.Hint(wanted!, Kinds.Select(kind => kind.Kind))}");
        var parts = LibraryParts.All;
        foreach (var (kind, entries) in kinds)
        {
            output.MarkupLine($"[bold]{kind}[/]");
            foreach (var entry in entries(parts)) Write(entry, withKeys: wanted is not null, output);
        }
        return ExitCode.Fine;
    }

    private static void Write(CatalogEntry entry, bool withKeys, IAnsiConsole output)
    {
        output.WriteLine($"  {entry.Name,-18} {entry.Summary}");
        if (!withKeys || entry.OptionsType is not { } options) return;
        foreach (var line in Keys(options)) output.WriteLine($"  {"",-20} {line}");
    }

    private static string[] Keys(Type options)
    {
        var keys = RecordShape.Of(options).Members.Select(member =>
            KeyValuePair.Create(member.Key, RecordWriter.Write(member.Required ? "REQUIRED" : member.Default)));
        return YamlWriter.Write(new YamlMap(Nowhere, [.. keys])).TrimEnd().Split('\n');
    }
}
