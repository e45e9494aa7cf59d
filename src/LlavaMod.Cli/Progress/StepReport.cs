namespace LlavaMod.Cli.Progress;

/// <summary>What is shown of one optimiser step.</summary>
/// <param name="Step">Steps done in this stage, from 1.</param>
/// <param name="Loss">The weighted sum of the objectives.</param>
/// <param name="LearningRate">Of the first parameter group.</param>
/// <param name="Tokens">Tokens of the batch.</param>
/// <param name="Seconds">Time the step took.</param>
/// <param name="Objectives">The loss of each objective by its name, before its weight.</param>
/// <param name="ExpertLoad">For each sparse layer, the share of the tokens that each expert got; empty on steps that do not measure it.</param>
internal sealed record StepReport(
    int Step,
    double Loss,
    double LearningRate,
    long Tokens,
    double Seconds,
    IReadOnlyDictionary<string, double> Objectives,
    IReadOnlyList<IReadOnlyList<double>> ExpertLoad);
