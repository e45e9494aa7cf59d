using System.Text.Json.Serialization;

namespace LlavaMod.Runs;

/// <summary>The figures of a whole run: summary.json.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Seconds">How long everything took, evaluation included.</param>
/// <param name="Models">The reported models, in the order in which they were finished.</param>
/// <param name="Stages">The stages, in order.</param>
public sealed record RunSummary(int Seed, double Seconds, IReadOnlyList<ModelSummary> Models, IReadOnlyList<StageSummary> Stages)
{
    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string path) => RunJson.Write(path, this);

    /// <summary>Reads the file.</summary>
    /// <exception cref="UserError">The file cannot be read or is not a summary.</exception>
    public static RunSummary Read(string path) => RunJson.Read<RunSummary>(path);
}

/// <summary>One reported model. A figure that the recipe's evaluation does not measure is null.</summary>
/// <param name="Name">The name under which its stage reports it.</param>
/// <param name="TotalParams">All of its parameters.</param>
/// <param name="ActiveParams">The parameters that one token meets.</param>
/// <param name="Accuracy">Part of the questions answered right, 0 to 1.</param>
/// <param name="CompositionAccuracy">The same on pairs of colour and shape that no training sample shows, 0 to 1.</param>
/// <param name="PopeF1">F1 of POPE, the mean of its three settings, 0 to 1 (arXiv 2305.10355).</param>
/// <param name="ChairS">Part of the captions that name an absent object, 0 to 1 (arXiv 1809.02156).</param>
/// <param name="ChairI">Part of the named objects that are absent, 0 to 1.</param>
/// <param name="TrainSeconds">Training time of the stages that led to it.</param>
public sealed record ModelSummary(
    string Name,
    long TotalParams,
    long ActiveParams,
    double? Accuracy,
    double? CompositionAccuracy,
    double? PopeF1,
    double? ChairS,
    double? ChairI,
    double TrainSeconds)
{
    /// <summary>What it reached in the recipe's benchmarks; null where the recipe names none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BenchmarkFigures>? Benchmarks { get; init; }
}

/// <summary>One model's figures in one benchmark.</summary>
/// <param name="Benchmark">The benchmark's name.</param>
/// <param name="Metrics">Its headline figures, the one that papers print first.</param>
/// <param name="Answered">Questions that were asked.</param>
/// <param name="Questions">Questions that the benchmark has.</param>
public sealed record BenchmarkFigures(string Benchmark, IReadOnlyDictionary<string, double> Metrics, int Answered, int Questions);

/// <summary>One stage.</summary>
/// <param name="Name">The stage's name.</param>
/// <param name="Steps">Optimiser steps.</param>
/// <param name="Tokens">Tokens that went through the trained model.</param>
/// <param name="TokensPerSecond">Tokens over training time.</param>
/// <param name="FirstLoss">The loss of the first step.</param>
/// <param name="LastLoss">The loss of the last step.</param>
public sealed record StageSummary(string Name, int Steps, long Tokens, double TokensPerSecond, double FirstLoss, double LastLoss);
