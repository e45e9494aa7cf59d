using LlavaMod.Models.Experts;
using LlavaMod.Runs;
using LlavaMod.Training;

namespace LlavaMod.Stages;

internal static class StepResults
{
    /// <summary>A step as a line of metrics.jsonl.</summary>
    public static StepMetrics ToMetrics(this StepResult result, string stage, int steps, double seconds) => new(
        stage, result.Step, steps, result.Loss, result.LearningRate, result.GradientNorm, result.Tokens, seconds,
        result.Objectives.ToDictionary(
            objective => objective.Key,
            objective => new ObjectiveMetrics(objective.Value, result.Shares is { } shares ? shares[objective.Key] : null)),
        [.. (result.Experts ?? []).Select(use => new ExpertMetrics(use.Layer, use.Load, use.Text ?? None(use), use.Visual ?? None(use)))])
    {
        DataWait = result.DataWait,
        Rewards = result.Preference is { } pairs ? new RewardMetrics(pairs.ChosenReward, pairs.RejectedReward, pairs.Margin, pairs.Accuracy) : null,
    };

    private static double[] None(ExpertUse use) => new double[use.Load.Count];
}
