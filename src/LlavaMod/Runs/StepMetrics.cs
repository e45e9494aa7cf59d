using System.Text.Json.Serialization;

namespace LlavaMod.Runs;

/// <summary>One optimiser step, a line of metrics.jsonl.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="Step">The step within the stage, counted from 1.</param>
/// <param name="Steps">How many steps the stage has.</param>
/// <param name="Loss">The weighted sum of all objectives.</param>
/// <param name="Lr">The learning rate of this step.</param>
/// <param name="GradNorm">The gradient's norm before clipping.</param>
/// <param name="Tokens">Tokens that went through the trained model in this step, image features included, padding not.</param>
/// <param name="Seconds">How long the step took.</param>
/// <param name="Objectives">Each objective by name.</param>
/// <param name="Experts">Each sparse layer; empty for a dense model.</param>
public sealed record StepMetrics(
    string Stage,
    int Step,
    int Steps,
    double Loss,
    double Lr,
    double GradNorm,
    long Tokens,
    double Seconds,
    IReadOnlyDictionary<string, ObjectiveMetrics> Objectives,
    IReadOnlyList<ExpertMetrics> Experts)
{
    /// <summary>How many of the seconds the step has waited for its data.</summary>
    public double DataWait { get; init; }

    /// <summary>Implicit rewards, on steps over preference pairs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RewardMetrics? Rewards { get; init; }
}

/// <summary>Implicit rewards of a step's pairs, beta times the log-ratio of policy and reference, as means over the pairs.</summary>
/// <param name="Chosen">Of the chosen answers.</param>
/// <param name="Rejected">Of the rejected answers.</param>
/// <param name="Margin">Chosen minus rejected.</param>
/// <param name="Accuracy">The part of the pairs whose chosen answer has the higher reward, 0 to 1.</param>
public sealed record RewardMetrics(double Chosen, double Rejected, double Margin, double Accuracy);

/// <summary>One objective in one step.</summary>
/// <param name="Loss">Its value before it is weighted.</param>
/// <param name="Share">Its part of the gradient, 0 to 1; the shares of a step add up to 1. Null on steps that do not measure it.</param>
public sealed record ObjectiveMetrics(double Loss, double? Share);

/// <summary>The experts of one sparse layer in one step.</summary>
/// <param name="Layer">The layer, counted from 0.</param>
/// <param name="Load">Each expert's part of all routed tokens; adds up to 1.</param>
/// <param name="Text">The same for text tokens alone; all 0 where there were none.</param>
/// <param name="Visual">The same for image features alone; all 0 where there were none.</param>
public sealed record ExpertMetrics(int Layer, IReadOnlyList<double> Load, IReadOnlyList<double> Text, IReadOnlyList<double> Visual);
