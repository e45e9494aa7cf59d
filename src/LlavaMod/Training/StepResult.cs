using LlavaMod.Models.Experts;

namespace LlavaMod.Training;

/// <summary>What one optimiser step did.</summary>
public sealed record StepResult
{
    /// <summary>The step, from 1.</summary>
    public required int Step { get; init; }

    /// <summary>The weighted sum of the objectives, over the whole accumulated batch.</summary>
    public required double Loss { get; init; }

    /// <summary>Each objective's own value, before its weight.</summary>
    public required IReadOnlyDictionary<string, double> Objectives { get; init; }

    /// <summary>
    /// Each objective's share of the gradient: the norm of its weighted gradient over the sum of these norms. Null on steps that do not
    /// measure it.
    /// </summary>
    public IReadOnlyDictionary<string, double>? Shares { get; init; }

    /// <summary>2-norm of the gradient before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>The rate that the step used.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Real tokens of the batch.</summary>
    public required int Tokens { get; init; }

    /// <summary>Seconds that the step has waited for its batch; 0 where that was ready.</summary>
    public double DataWait { get; init; }

    /// <summary>Metrics of preference pairs: rewards, accuracy, margin; null elsewhere.</summary>
    public PreferenceMetrics? Preference { get; init; }

    /// <summary>Expert loads, on steps that measure them.</summary>
    public IReadOnlyList<ExpertUse>? Experts { get; init; }
}

/// <summary>Rewards of a batch of pairs: beta times the log-ratio of policy and reference, as means over the pairs.</summary>
public sealed record PreferenceMetrics(double ChosenReward, double RejectedReward, double Accuracy)
{
    /// <summary>Chosen minus rejected reward.</summary>
    public double Margin => ChosenReward - RejectedReward;
}
