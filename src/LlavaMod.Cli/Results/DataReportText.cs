using LlavaMod.Data;
using LlavaMod.Data.Checking;
using LlavaMod.Data.Formats;

namespace LlavaMod.Cli.Results;

/// <summary>What a check of a dataset has found, in lines.</summary>
/// <param name="dataset">The dataset.</param>
/// <param name="report">What was found.</param>
/// <param name="counted">How tokens were counted.</param>
internal sealed class DataReportText(IDataset dataset, DataReport report, string counted)
{
    private const int BarWidth = 40;

    public IEnumerable<string> Lines()
    {
        yield return $"{report.Rows - report.Broken:N0} usable with {report.Images:N0} images, {report.Broken:N0} broken";
        foreach (var (reason, rows) in report.Reasons) yield return $"  {rows,9:N0}  {reason}";
        foreach (var line in Repeated("with the id of an earlier one", report.RepeatedIds)) yield return line;
        foreach (var line in Repeated("byte for byte like an earlier one", report.RepeatedRows)) yield return line;
        if (report.Lengths.Count == 0) yield break;
        yield return $"tokens a row ({counted}): mean {(double)report.Lengths.Total / report.Lengths.Count:F1}, "
            + $"median {Quantile(0.5)}, 95 % up to {Quantile(0.95)}, 99 % up to {Quantile(0.99)}, longest {Quantile(1)}";
        var most = report.Lengths.Steps.Max(step => step.Rows);
        foreach (var (upTo, rows) in report.Lengths.Steps)
            yield return $"  up to {upTo,7:N0} {rows,11:N0} {new string('█', (int)Math.Ceiling((double)BarWidth * rows / most))}";
    }

    private string Quantile(double part) => $"{report.Lengths.Quantile(part):N0}";

    private IEnumerable<string> Repeated(string what, Repeats repeats)
    {
        yield return $"{repeats.Count:N0} {what}";
        if (dataset is not IStoredRows stored) yield break;
        foreach (var (row, earlier) in repeats.First)
        {
            var ((file, number), (other, first)) = (stored.Place(row), stored.Place(earlier));
            yield return $"  {file}: row {number:N0} repeats {(other == file ? "" : $"{other}: ")}row {first:N0}";
        }
        if (repeats.Count > repeats.First.Count) yield return "  ...";
    }
}
