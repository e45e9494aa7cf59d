using System.Text.RegularExpressions;
using Spectre.Console;

namespace LlavaMod.Cli.Results;

/// <summary>
/// Rows of figures under a header, words in the first columns and numbers set right in the others. Narrower than a table with a frame: what is
/// printed here fits into the 80 columns of a usual terminal.
/// </summary>
internal sealed partial class FigureTable(params string[] header)
{
    private readonly List<string[]> rows = [];

    /// <summary>How many columns hold words.</summary>
    public int Words { get; init; } = 1;

    public void Add(params string[] cells) => rows.Add(cells);

    /// <summary>The header, a rule, and the rows.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            int[] widths = [.. Enumerable.Range(0, header.Length).Select(column => rows.Append(header).Max(row => row[column].Length))];
            return [Line(header, widths), new string('─', widths.Sum() + widths.Length - 1), .. rows.Select(row => Line(row, widths))];
        }
    }

    /// <summary>The same as a table of Markdown; what Markdown would take for its own is escaped.</summary>
    public IReadOnlyList<string> Markdown =>
    [
        MarkdownLine(header), $"|{string.Concat(header.Select((_, column) => column < Words ? "---|" : "---:|"))}", .. rows.Select(MarkdownLine),
    ];

    /// <summary>Text of which Markdown takes nothing for its own.</summary>
    public static string Escape(string text) => Marks().Replace(text, @"\$0");

    public void Write(IAnsiConsole console)
    {
        var lines = Lines;
        console.WriteLine(lines[0], new Style(decoration: Decoration.Bold));
        console.WriteLine(lines[1], new Style(Color.Grey));
        foreach (var line in lines.Skip(2)) console.WriteLine(line);
    }

    private string Line(string[] cells, int[] widths) =>
        string.Join(' ', cells.Select((cell, column) => column < Words ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd();

    private static string MarkdownLine(string[] cells) => $"| {string.Join(" | ", cells.Select(cell => Escape(cell.Trim())))} |";

    [GeneratedRegex(@"[\\`*_\[\]<>|~#&$]")]
    private static partial Regex Marks();
}
