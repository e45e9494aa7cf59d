using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>The table of predictions that MMBench's server takes: the published columns, but those that no score needs, and the predictions.</summary>
internal static class SubmissionTable
{
    private const string Prediction = "prediction";
    private const string Before = "answer"; // where LLaVA's conversion puts the predictions

    private static readonly string[] LeftOut = ["hint", "category", "source", "image", "comment", "l2-category", Prediction];

    /// <summary>The table as tab-separated text.</summary>
    public static string Of(IEnumerable<TableRow> rows, Func<TableRow, string> predictionOf)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        using var csv = new CsvWriter(text, new CsvConfiguration(CultureInfo.InvariantCulture) { Delimiter = "\t", NewLine = "\n" });
        string[]? columns = null;
        foreach (var row in rows)
        {
            if (columns is null) Write(csv, columns = Columns(row.Place.Header));
            Write(csv, columns.Select(column => column == Prediction ? predictionOf(row) : row.Get(column)));
        }
        csv.Flush();
        return text.ToString();
    }

    private static string[] Columns(IReadOnlyList<string> header)
    {
        var columns = header.Where(column => !LeftOut.Contains(column)).ToList();
        int before = columns.IndexOf(Before);
        columns.Insert(before < 0 ? columns.Count : before, Prediction);
        return [.. columns];
    }

    private static void Write(CsvWriter csv, IEnumerable<string> cells)
    {
        foreach (string cell in cells) csv.WriteField(cell);
        csv.NextRecord();
    }
}
