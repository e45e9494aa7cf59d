using System.Text;
using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>Tables with tabs between columns: quotes that do not end, columns that are missing, lines that move.</summary>
[FileKind("tsv", Summary = "tables")]
public sealed class TableKind : FileKind
{
    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations { get; } = [.. TextMutations.All, DropCell, SwapCells];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } = ["\t", "\t\t", "\"", "\"\"", "\n", "\r\n", "\"a\nb\"", "index", "answer", "\xff", "\0", "\xef\xbb\xbf", "#"];

    private static byte[] DropCell(byte[] file, Random random) => Cells(file, cells => cells.RemoveAt(random.Next(cells.Count)));

    private static byte[] SwapCells(byte[] file, Random random) => Cells(file, cells =>
    {
        int a = random.Next(cells.Count), b = random.Next(cells.Count);
        (cells[a], cells[b]) = (cells[b], cells[a]);
    });

    private static byte[] Cells(byte[] file, Action<List<string>> edit)
    {
        var cells = Encoding.Latin1.GetString(file).Split('\t').ToList();
        edit(cells);
        return Encoding.Latin1.GetBytes(string.Join('\t', cells));
    }
}
