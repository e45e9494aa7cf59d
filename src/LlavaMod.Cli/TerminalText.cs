using LlavaMod.Data;

namespace LlavaMod.Cli;

/// <summary>Text of others on a terminal: what a model says or a file is called may hold escape sequences that a terminal would obey.</summary>
internal static class TerminalText
{
    private const string Tab = "    ";

    /// <summary>The text with control characters and marks that turn the direction of reading written as <c>\uXXXX</c>; lines and tabs stay.</summary>
    public static string Of(string text) => string.Join('\n', text.Split('\n').Select(line => OneLine.Of(line.Replace("\t", Tab, StringComparison.Ordinal), int.MaxValue)));
}
