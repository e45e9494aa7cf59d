using System.Text.Json.Serialization;
using LlavaMod.Runs;
using LlavaMod.Training;

namespace LlavaMod.Stages;

/// <summary>A complete stage, as state.json keeps it.</summary>
/// <param name="Summary">Its figures.</param>
/// <param name="Seconds">Time spent on its steps.</param>
/// <param name="Skipped">Samples that were left out, each named in the run's messages.</param>
/// <param name="PeakMemory">The most bytes that tensors took at one time; where the stage went on after a stop, since then.</param>
public sealed record FinishedStage(StageSummary Summary, double Seconds, int Skipped, long PeakMemory)
{
    /// <summary>What it took from each dataset, which manifest.json keeps.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, SourceUse> Sources { get; init; } = new Dictionary<string, SourceUse>();
}
