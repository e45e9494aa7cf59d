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

    public void Write(IAnsiConsole console)
    {
        int[] widths = [.. Enumerable.Range(0, header.Length).Select(column => rows.Append(header).Max(row => row[column].Length))];
        console.WriteLine(Line(header), new Style(decoration: Decoration.Bold));
        console.WriteLine(new string('─', widths.Sum() + widths.Length - 1), new Style(Color.Grey));
        foreach (var row in rows) console.WriteLine(Line(row));

        string Line(string[] cells) =>
            string.Join(' ', cells.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))).TrimEnd();
    }
}
