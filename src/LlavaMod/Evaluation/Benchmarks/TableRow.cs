using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// A row of a published table with tabs between its columns and names in its first row. Tables may hold their pictures, so a row knows where in
/// the file it stands, to be read again when its picture is wanted.
/// </summary>
internal sealed class TableRow
{
    /// <summary>The most bytes of a cell: a picture of the largest size that is decoded, as base64.</summary>
    public const int LongestCell = 96 << 20;

    private const int MostColumns = 256;

    private readonly string[] cells;

    private TableRow(TablePlace place, string[] cells) => (Place, this.cells) = (place, cells);

    /// <summary>Where it stands.</summary>
    public TablePlace Place { get; }

    /// <summary>The rows of a table.</summary>
    /// <exception cref="UserError">It cannot be read, is damaged, or a row has fewer cells than the first.</exception>
    public static IEnumerable<TableRow> Read(string path)
    {
        using var stream = PublishedFile.OpenStream(path);
        using var csv = Parser(stream);
        if (!Advance(path, csv)) throw new UserError($"{path}: an empty table");
        if (csv.Count > MostColumns) throw new UserError($"{path}: has {csv.Count:N0} columns, and a benchmark's table at most {MostColumns}");
        string[] header = [.. Cells(csv, csv.Count)];
        header[0] = header[0].TrimStart('\uFEFF');
        long start = csv.CharCount;
        for (int number = 1; Advance(path, csv); number++)
        {
            var place = new TablePlace(path, number, header, start, csv.CharCount);
            yield return Row(place, csv);
            start = place.End;
        }
    }

    /// <summary>The row of a place, read again.</summary>
    /// <param name="place">Where it stands.</param>
    /// <param name="bytes">The bytes from its start to its end.</param>
    /// <exception cref="UserError">They hold no such row.</exception>
    public static TableRow Again(TablePlace place, byte[] bytes)
    {
        using var csv = Parser(new MemoryStream(bytes, writable: false));
        return Advance(place.Path, csv) ? Row(place, csv) : throw place.Complaint("is not there any more; was the table changed meanwhile?");
    }

    /// <summary>The text of a column; null where the table has none of this name.</summary>
    public string? TryGet(string column)
    {
        for (int i = 0; i < Place.Header.Count; i++)
        {
            if (Place.Header[i] == column) return cells[i];
        }
        return null;
    }

    /// <summary>The text of a column.</summary>
    /// <exception cref="UserError">The table has none of this name.</exception>
    public string Get(string column) => TryGet(column) ?? throw new UserError($"{Place.Path}: has no column {column}; it has {string.Join(", ", Place.Header)}");

    /// <summary>An error about this row.</summary>
    public UserError Complaint(string what) => Place.Complaint(what);

    // Bytes are parsed as if each were a character, for then characters count bytes: tabs, quotes and line ends are no part of others in UTF-8.
    private static CsvParser Parser(Stream stream) => new(
        new StreamReader(stream, Encoding.Latin1, detectEncodingFromByteOrderMarks: false),
        new CsvConfiguration(CultureInfo.InvariantCulture) { Delimiter = "\t", MaxFieldSize = LongestCell, BadDataFound = null });

    private static TableRow Row(TablePlace place, CsvParser csv) => csv.Count >= place.Header.Count
        ? new TableRow(place, [.. Cells(csv, place.Header.Count)])
        : throw place.Complaint($"has {csv.Count} columns, and the header {place.Header.Count}");

    // A cell with a stray quote costs as much as its row: those beyond the header are not looked at.
    private static IEnumerable<string> Cells(CsvParser csv, int count)
    {
        for (int i = 0; i < count; i++)
        {
            string cell = csv[i];
            yield return Ascii.IsValid(cell) ? cell : Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(cell));
        }
    }

    private static bool Advance(string path, CsvParser csv)
    {
        try
        {
            return csv.Read();
        }
        catch (Exception exception) when (exception is CsvHelperException or IOException or InvalidDataException)
        {
            throw new UserError($"{path}: row {csv.Row} cannot be read: {exception.Message.Split('\n')[0]}", exception);
        }
    }
}
