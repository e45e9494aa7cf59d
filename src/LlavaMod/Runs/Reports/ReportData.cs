namespace LlavaMod.Runs.Reports;

/// <summary>What the report shows, read from a run folder. A run that is not over yet has no summary and no samples.</summary>
internal sealed record ReportData(
    string Name, string Recipe, IReadOnlyList<StageSeries> Stages, RunSummary? Summary, IReadOnlyList<SampleAnswers> Samples)
{
    /// <exception cref="UserError">A file of the run cannot be read.</exception>
    public static ReportData Read(RunFolder run) => new(
        Path.GetFileName(run.Root),
        File.ReadAllText(run.Recipe),
        File.Exists(run.Metrics) ? ReadStages(run.Metrics) : [],
        File.Exists(run.Summary) ? RunSummary.Read(run.Summary) : null,
        File.Exists(run.Samples) ? SampleAnswers.Read(run.Samples) : []);

    private static List<StageSeries> ReadStages(string path)
    {
        var stages = new List<StageSeries>();
        foreach (var step in MetricsFile.Read(path))
        {
            if (stages.LastOrDefault() is not { } stage || stage.Name != step.Stage)
                stages.Add(stage = new StageSeries(step.Stage, step.Steps));
            stage.Add(step);
        }
        return stages;
    }
}
