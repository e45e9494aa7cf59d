using System.Diagnostics;
using LlavaMod.Performance.Results;

namespace LlavaMod.Performance;

/// <summary>Rows one after another. A row that fails does not stop the others; it fails the run.</summary>
internal sealed class PerformanceRun(IReadOnlyList<Row> rows, ResultFile file, Session session, string revision)
{
    /// <summary>Measures the rows and keeps each as it finishes.</summary>
    /// <param name="goOn">Whether rows that the file holds are left as they are; failed ones are tried again.</param>
    /// <returns>The names of the rows that have failed.</returns>
    public IReadOnlyList<string> Go(bool goOn)
    {
        var missing = rows.Where(row => !(goOn && file.Rows.TryGetValue(row.Name, out var kept) && kept.Failure is null)).ToList();
        if (missing.Count < rows.Count) session.Say($"{rows.Count - missing.Count} rows are there already");
        if (missing.Count == 0) return [];
        session.Say($"{file.Machine}");
        session.Say($"{missing.Count} rows, about {missing.Sum(row => row.Seconds(session)) / 60:f0} minutes");
        var failed = new List<string>();
        foreach (var row in missing)
        {
            var measured = Measure(row);
            file.Add(row.Name, measured, session.Rates);
            if (measured.Failure is null) continue;
            failed.Add(row.Name);
            session.Say($"  {row.Name} failed: {measured.Failure}");
        }
        return failed;
    }

    private MeasuredRow Measure(Row row)
    {
        session.Say($"  {row.Name}: {row.What}; about {row.Seconds(session):f0} s");
        long start = Stopwatch.GetTimestamp();
        IReadOnlyList<Line> lines = [];
        string? failure = null;
        try
        {
            lines = row.Measure(session);
        }
        catch (RowFailedException exception)
        {
            failure = exception.Message;
        }
        session.Say($"    {Stopwatch.GetElapsedTime(start).TotalSeconds:f0} s");
        return new MeasuredRow(DateTimeOffset.UtcNow, revision, session.Options.Quick, lines, failure);
    }
}
