namespace LlavaMod.Cli.Progress;

/// <summary>What the steps of a stage add up to.</summary>
internal sealed class StageProgress(string name, int steps)
{
    // The weight of the last step in the running average: about the last twenty steps count.
    private const double Newest = 0.1;

    private double stepSeconds;
    private double stepTokens;
    private double seconds;
    private long tokens;
    private double firstLoss;

    public string Name => name;

    public int Steps => steps;

    /// <summary>The latest step, or null before the first.</summary>
    public StepReport? Last { get; private set; }

    /// <summary>For each sparse layer the load of its experts, from the last step that measured it; empty before.</summary>
    public IReadOnlyList<IReadOnlyList<double>> ExpertLoad { get; private set; } = [];

    public void Add(StepReport report)
    {
        if (report.ExpertLoad.Count > 0) ExpertLoad = report.ExpertLoad;
        if (Last is null) (firstLoss, stepSeconds, stepTokens) = (report.Loss, report.Seconds, report.Tokens);
        stepSeconds += Newest * (report.Seconds - stepSeconds);
        stepTokens += Newest * (report.Tokens - stepTokens);
        seconds += report.Seconds;
        tokens += report.Tokens;
        Last = report;
    }

    /// <summary>Of the last steps.</summary>
    public string TokensPerSecond => Rate(stepTokens, stepSeconds);

    /// <summary>Estimated from the last steps.</summary>
    public string Left => Duration((steps - (Last?.Step ?? 0)) * stepSeconds);

    /// <summary>The stage in one line, when it is over.</summary>
    public string Summary => Last is null
        ? $"{name}: no steps"
        : $"{name}: {Last.Step}/{steps} steps in {Duration(seconds)}, loss {firstLoss:F4} -> {Last.Loss:F4}, {Rate(tokens, seconds)}";

    private static string Rate(double tokens, double seconds) => $"{(seconds > 0 ? tokens / seconds : 0):N0} tokens/s";

    private static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Round(seconds));
        return time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time:mm\\:ss}" : $"{time.Minutes}:{time:ss}";
    }
}
