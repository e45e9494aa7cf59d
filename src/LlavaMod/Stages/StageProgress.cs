using LlavaMod.Training;

namespace LlavaMod.Stages;

/// <summary>Where a stage stands, beside weights and optimiser.</summary>
/// <param name="Step">Optimiser steps done.</param>
/// <param name="Position">How far the data has been read.</param>
/// <param name="Tokens">Tokens trained on.</param>
/// <param name="Seconds">Time spent on steps.</param>
/// <param name="FirstLoss">Loss of the first step.</param>
/// <param name="LastLoss">Loss of the last step.</param>
/// <param name="Skipped">Samples left out so far.</param>
public sealed record StageProgress(int Step, long Position, long Tokens, double Seconds, double FirstLoss, double LastLoss, int Skipped)
{
    /// <summary>What has been taken from each dataset, by its name.</summary>
    public IReadOnlyDictionary<string, SourceUse> Sources { get; init; } = new Dictionary<string, SourceUse>();

    /// <summary>The numbers of the broken rows that each dataset has counted, by its name.</summary>
    public IReadOnlyDictionary<string, int[]> Broken { get; init; } = new Dictionary<string, int[]>();

    /// <summary>Nothing done.</summary>
    public static StageProgress Start { get; } = new(0, 0, 0, 0, 0, 0, 0);

    internal StageProgress After(StepResult result, LoadedBatch batch, double seconds) => new(
        result.Step, batch.Position, Tokens + result.Tokens, Seconds + seconds,
        Step == 0 ? result.Loss : FirstLoss, result.Loss, Skipped + batch.Skipped.Count)
    {
        Sources = SourceUse.Add(Sources, batch),
    };
}
