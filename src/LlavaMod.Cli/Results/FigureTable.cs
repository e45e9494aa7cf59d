using Spectre.Console;

namespace LlavaMod.Cli.Results;

/// <summary>
/// Rows of figures under a header, words in the first column and numbers set right in the others. Narrower than a table with a frame: what is
/// printed here fits into the 80 columns of a usual terminal.
/// </summary>
internal sealed class FigureTable(params string[] header)
{
    private readonly List<string[]> rows = [];

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

    public void Write(IAnsiConsole console)
    {
        var lines = Lines;
        console.WriteLine(lines[0], new Style(decoration: Decoration.Bold));
        console.WriteLine(lines[1], new Style(Color.Grey));
        foreach (var line in lines.Skip(2)) console.WriteLine(line);
    }

    private static string Line(string[] cells, int[] widths) =>
        string.Join(' ', cells.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))).TrimEnd();
}
