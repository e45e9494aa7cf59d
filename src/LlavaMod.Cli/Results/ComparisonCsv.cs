using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace LlavaMod.Cli.Results;

/// <summary>Comparisons as CSV for other programs: a row for each figure of each result, numbers with all their digits.</summary>
internal static class ComparisonCsv
{
    private static readonly CsvConfiguration Layout = new(CultureInfo.InvariantCulture) { NewLine = "\n" };

    public static string Of(IEnumerable<ComparedFiles> compared)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using var csv = new CsvWriter(text, Layout);
        csv.WriteRecords(compared.SelectMany(Rows));
        csv.Flush();
        return text.ToString();
    }

    private static IEnumerable<object> Rows(ComparedFiles one) =>
        from metric in one.Comparison.Metrics
        from side in metric.Values.Index()
        let difference = side.Item.Difference
        select new
        {
            benchmark = one.Comparison.Benchmark,
            metric = metric.Name,
            model = Inert(one.Names[side.Index]),
            file = Inert(one.Files[side.Index]),
            value = side.Item.Value,
            low = side.Item.Interval.Low,
            high = side.Item.Interval.High,
            difference = difference?.Value,
            difference_low = difference?.Interval.Low,
            difference_high = difference?.Interval.High,
            p = difference?.P,
            p_holm = difference?.Corrected,
            compared = one.Comparison.Compared,
            left_out = one.Comparison.LeftOut,
            questions = one.Comparison.Questions,
        };

    // A spreadsheet takes text that starts so for a formula.
    private static string Inert(string text) => text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] ? $"'{text}" : text;
}
