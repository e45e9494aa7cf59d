using System.CommandLine;
using System.CommandLine.Parsing;
using LlavaMod.Recipes;

namespace LlavaMod.Cli;

/// <summary>Says in one line what is wrong with a command line, and what was probably meant.</summary>
internal static class UsageError
{
    public static string Describe(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var explain = command is RootCommand ? "llavamod --help" : $"llavamod {string.Join(' ', PathOf(command))} --help";
        var problem = parse.UnmatchedTokens is [var token, ..] ? Unknown(token, command) : Invalid(parse.Errors[0]);
        return $"{problem} (see {explain})";
    }

    private static IEnumerable<string> PathOf(Command command) =>
        command.Parents.OfType<Command>().Where(parent => parent is not RootCommand).SelectMany(PathOf).Append(command.Name);

    private static string Unknown(string token, Command command)
    {
        if (token.StartsWith('-')) return $"unknown option '{token}'; {Nearest.Hint(token, OptionsOf(command))}";
        return command.Subcommands.Count > 0
            ? $"unknown verb '{token}'; {Nearest.Hint(token, command.Subcommands.Select(verb => verb.Name))}"
            : $"'{token}' is one argument too many";
    }

    private static IEnumerable<string> OptionsOf(Command command)
    {
        var inherited = command.Parents.OfType<Command>().SelectMany(parent => parent.Options).Where(option => option.Recursive);
        return command.Options.Concat(inherited).Select(option => option.Name);
    }

    private static string Invalid(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Option: var option, Tokens: [var given, ..] } when Kind(option.ValueType) is { } kind =>
            $"{option.Name} is {kind}, not '{given.Value}'",
        ArgumentResult { Argument: var argument, Tokens: [var given, ..] } when Kind(argument.ValueType) is { } kind =>
            $"{argument.Name} is {kind}, not '{given.Value}'",
        _ => error.Message.TrimEnd('.'),
    };

    private static string? Kind(Type type) =>
        type == typeof(int) || type == typeof(long) ? "a whole number"
        : type == typeof(double) ? "a number"
        : null;
}
