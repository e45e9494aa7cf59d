using System.Globalization;
using System.Text;

namespace LlavaMod.Performance.Results;

/// <summary>A file's rows as Markdown: the table beside peers, other figures, and what is to be said about lines.</summary>
internal static class MarkdownTable
{
    private const string Begin = "<!-- performance:begin -->", End = "<!-- performance:end -->";

    private static readonly string[] Header =
        ["", "ours, ms (min–max)", "peer, ms (min–max)", "speed", "target", "ours, MiB", "peer, MiB", "memory", "target", "floor, ms"];

    /// <summary>The whole text; rows in the order of the table, whatever the order in which they were measured.</summary>
    public static string Of(ResultFile file, IEnumerable<Row> order)
    {
        var rows = order.Where(row => file.Rows.ContainsKey(row.Name)).Select(row => (row.Name, Measured: file.Rows[row.Name])).ToList();
        var lines = rows.SelectMany(row => row.Measured.Lines).ToList();
        var text = new StringBuilder();
        text.AppendLine($"{file.Machine}.");
        if (file.Rates is { } rates)
            text.AppendLine(Invariant($"Products: {rates.Single / 1e9:f0} GFLOP/s in fp32, {rates.Half / 1e9:f1} in bf16. A copy reads and writes {rates.Memory / 1e9:f1} GB/s."));
        if (rows.Count > 0) text.AppendLine(Invariant($"Measured {rows.Max(row => row.Measured.Measured):yyyy-MM-dd} at {string.Join(", ", rows.Select(row => row.Measured.Revision).Distinct())}."));
        if (lines.Any(line => line.Ours is not null)) Append(text, Header, [.. lines.Where(line => line.Ours is not null).Select(Cells)]);
        if (lines.Any(line => line.Figures.Count > 0))
            Append(text, ["", "measured", "target"], [.. lines.SelectMany(line => line.Figures, (line, figure) => Cells(line.Case, figure))]);
        string[] notes =
        [
            .. lines.Where(line => line.Note is not null).Select(line => $"- {line.Case}: {line.Note}."),
            .. rows.Where(row => row.Measured.Failure is not null).Select(row => $"- **{row.Name} failed**: {row.Measured.Failure}."),
            .. rows.Where(row => row.Measured.Quick).Select(row => $"- {row.Name}: measured once, with --quick."),
        ];
        if (notes.Length > 0) text.AppendLine().AppendJoin('\n', notes).AppendLine();
        return text.ToString();
    }

    /// <summary>A document with the table between its markers.</summary>
    /// <exception cref="UserError">It has no markers.</exception>
    public static string Place(string document, string path, string table)
    {
        int begin = document.IndexOf(Begin, StringComparison.Ordinal), end = document.IndexOf(End, StringComparison.Ordinal);
        return begin >= 0 && end > begin
            ? $"{document[..(begin + Begin.Length)]}\n{table}{document[end..]}"
            : throw new UserError($"{path}: the table's place is missing: put the lines {Begin} and {End} where it belongs");
    }

    private static string[] Cells(Line line) =>
    [
        line.Case, Milliseconds(line.Ours), line.Peer is null ? line.Note is null ? "" : "—" : Milliseconds(line.Peer),
        Times(line.Speed), Target(line.Speed, line.SpeedTarget, "≥", line.Speed >= line.SpeedTarget),
        Mebibytes(line.Ours), Mebibytes(line.Peer), Times(line.Memory), Target(line.Memory, line.MemoryTarget, "≤", line.Memory <= line.MemoryTarget),
        line.Floor is { } floor ? Short(floor * 1e3) : "",
    ];

    private static string[] Cells(string name, Figure figure) =>
        [$"{name}: {figure.Name}", Invariant($"{figure.Value:0.##} {figure.Unit}"), figure.AtMost is { } most ? Invariant($"≤ {most:0.##} {figure.Unit}{Verdict(figure.Value <= most)}") : ""];

    private static string Milliseconds(Timing? timing) =>
        timing is null ? "" : $"{Short(timing.Median * 1e3)} ({Short(timing.Min * 1e3)}–{Short(timing.Max * 1e3)})";

    private static string Mebibytes(Timing? timing) => timing is null ? "" : Invariant($"{timing.Peak / 1048576.0:n0}");

    private static string Times(double? ratio) => ratio is null ? "" : Invariant($"{ratio:f2} x");

    private static string Target(double? ratio, double? target, string sign, bool met) =>
        target is null ? "" : Invariant($"{sign} {target:0.##} x{(ratio is null ? "" : Verdict(met))}");

    private static string Verdict(bool met) => met ? "" : ", **short**";

    private static string Short(double value) => value.ToString(value < 100 ? "f1" : "n0", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    // Columns of even width, for those who read it on a terminal.
    private static void Append(StringBuilder text, string[] header, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. header.Select((cell, column) => Math.Max(3, rows.Append(header).Max(row => row[column].Length)))];
        text.AppendLine();
        Write(header);
        text.Append("| ").AppendJoin(" | ", widths.Select((width, column) => column == 0 ? new string('-', width) : $"{new string('-', width - 1)}:")).AppendLine(" |");
        foreach (string[] row in rows) Write(row);

        void Write(string[] row) => text.Append("| ").AppendJoin(" | ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))).AppendLine(" |");
    }
}
