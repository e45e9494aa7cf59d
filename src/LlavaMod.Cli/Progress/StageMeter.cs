using LlavaMod.Cli.Results;
using LlavaMod.Training;

namespace LlavaMod.Cli.Progress;

/// <summary>What the steps of a stage add up to, as the displays show it.</summary>
/// <param name="name">The stage.</param>
/// <param name="steps">Steps of the whole stage.</param>
/// <param name="before">Steps done before this run of it began.</param>
internal sealed class StageMeter(string name, int steps, int before)
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

    public int Done => Last?.Step ?? before;

    /// <summary>The latest step, or null before the first.</summary>
    public StepResult? Last { get; private set; }

    /// <summary>For each sparse layer the load of its experts, from the last step that measured it; empty before.</summary>
    public IReadOnlyList<IReadOnlyList<double>> ExpertLoad { get; private set; } = [];

    public void Add(StepResult result, double elapsed)
    {
        if (result.Experts is { } experts) ExpertLoad = [.. experts.Select(layer => layer.Load)];
        if (Last is null) (firstLoss, stepSeconds, stepTokens) = (result.Loss, elapsed, result.Tokens);
        stepSeconds += Newest * (elapsed - stepSeconds);
        stepTokens += Newest * (result.Tokens - stepTokens);
        seconds += elapsed;
        tokens += result.Tokens;
        Last = result;
    }

    /// <summary>Of the last steps.</summary>
    public string TokensPerSecond => Rate(stepTokens, stepSeconds);

    /// <summary>Estimated from the last steps.</summary>
    public string Left => Duration((steps - Done) * stepSeconds);

    /// <summary>The stage in one line, when it is over.</summary>
    /// <param name="peakMemory">The most bytes that its tensors took.</param>
    public string Summary(long peakMemory) => Last is null
        ? $"{name}: {Done}/{steps} steps, none left to do"
        : $"{name}: {Done}/{steps} steps in {Duration(seconds)}, loss {firstLoss:F4} -> {Last.Loss:F4}, {Rate(tokens, seconds)}, {Figures.Bytes(peakMemory)}";

    private static string Rate(double tokens, double seconds) => $"{(seconds > 0 ? tokens / seconds : 0):N0} tokens/s";

    internal static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Round(seconds));
        return time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time:mm\\:ss}" : $"{time.Minutes}:{time:ss}";
    }
}
