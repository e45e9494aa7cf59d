using System.ComponentModel.DataAnnotations;
using LlavaMod.Torch.Optim;

namespace LlavaMod.Recipes;

/// <summary>One stage of training: what is trained, on what, towards what, and how. Defaults are LLaVA-MoD's (arXiv 2408.15881).</summary>
public sealed record StageSpec
{
    private readonly int microBatchSize;

    /// <summary>The stage's name, unique among stages and models.</summary>
    public required string Name { get; init; } = "";

    /// <summary>The model that is trained.</summary>
    public required string Model { get; init; } = "";

    /// <summary>
    /// The earlier stage of the same model to start from, or the model's own name to start from it as declared. The loader fills in the
    /// default: the latest earlier stage of the model, else the model.
    /// </summary>
    public string? Start { get; init; }

    /// <summary>
    /// The model or earlier stage that teaches. The loader turns a model that an earlier stage trains into the latest such stage.
    /// </summary>
    public string? Teacher { get; init; }

    /// <summary>
    /// The folder of a cache of what the teacher says to the stage's data, which <c>llavamod cache</c> makes; the teacher is then not loaded.
    /// </summary>
    [RecipePath(Made = true)]
    public string? TeacherCache { get; init; }

    /// <summary>
    /// What preference objectives compare with: <c>teacher</c>, <c>start</c> (the weights at the start of the stage) or a model folder.
    /// </summary>
    [RecipePath("teacher", "start")]
    public string? Reference { get; init; }

    /// <summary>Turns dense feed-forward layers into experts before the stage begins.</summary>
    public UpcycleSpec? Upcycle { get; init; }

    /// <summary>The parts that are trained; everything else is frozen.</summary>
    [Length(1, 10)]
    public required ValueList<TrainablePart> Train { get; init; } = [];

    /// <summary>The datasets, together in one shuffled order.</summary>
    [Length(1, 1000)]
    public required ValueList<SourceSpec> Data { get; init; } = [];

    /// <summary>Which samples stand together in a batch.</summary>
    public GroupBy GroupBy { get; init; } = GroupBy.None;

    /// <summary>What is minimised: the weighted sum.</summary>
    [Length(1, 100)]
    public required ValueList<ObjectiveSpec> Objectives { get; init; } = [];

    /// <summary>The peak learning rate.</summary>
    [Range(0.0, 100.0, MinimumIsExclusive = true)]
    public required double LearningRate { get; init; }

    /// <summary>How the learning rate falls after the warm-up.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    /// <summary>The part of all steps over which the learning rate rises from 0.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double WarmupRatio { get; init; } = 0.03;

    /// <summary>AdamW's decoupled weight decay.</summary>
    [Range(0.0, 10.0)]
    public double WeightDecay { get; init; }

    /// <summary>AdamW's decay rates of the first and second moment.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true), Length(2, 2)]
    public ValueList<double> Betas { get; init; } = [0.9, 0.98];

    /// <summary>AdamW's epsilon.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Passes over the data; exactly one of this and <see cref="Steps"/> is set.</summary>
    [Range(0.0, 10_000.0, MinimumIsExclusive = true)]
    public double? Epochs { get; init; }

    /// <summary>Optimiser steps.</summary>
    [Range(1, 100_000_000)]
    public int? Steps { get; init; }

    /// <summary>Samples per optimiser step, over all micro-batches and devices.</summary>
    [Range(1, 1_000_000)]
    public required int BatchSize { get; init; }

    /// <summary>Samples that go through the model at once; divides <see cref="BatchSize"/>, which is its default.</summary>
    [Range(1, 1_000_000)]
    public int MicroBatchSize
    {
        get => microBatchSize == 0 ? BatchSize : microBatchSize;
        init => microBatchSize = value;
    }

    /// <summary>
    /// Micro-batches that run side by side on the CPU, each on its share of the threads. Small models train faster so; time and memory change,
    /// the result does not.
    /// </summary>
    [Range(1, 256)]
    public int ParallelMicroBatches { get; init; } = 1;

    /// <summary>Optimiser steps over data of so many samples; a last batch is filled up from the next pass.</summary>
    public int StepsOver(int samples) => Steps ?? (int)Math.Max(1, Math.Ceiling(Epochs!.Value * samples / BatchSize));

    /// <summary>Longest sequence in tokens, image features included.</summary>
    [Range(8, 1_000_000)]
    public int MaxLength { get; init; } = 2048;

    /// <summary>
    /// Whether several samples of a micro-batch share a row of at most <see cref="MaxLength"/> positions, each seeing only itself, in place of rows
    /// that are padded to the longest. Losses and gradients are the same up to rounding.
    /// </summary>
    public bool Packing { get; init; }

    /// <summary>The gradient norm above which gradients are scaled down; null is off.</summary>
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double? Clip { get; init; } = 1.0;

    /// <summary>Whether layers recompute their activations in the backward pass: less memory, about a third more time.</summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>Steps between checkpoints within the stage; there is always one at its end.</summary>
    [Range(1, 100_000_000)]
    public int SaveEvery { get; init; } = 100;

    /// <summary>The name under which the trained model is evaluated and reported; null reports nothing.</summary>
    public string? ReportAs { get; init; }
}

/// <summary>A part of a model that a stage may train.</summary>
public enum TrainablePart
{
    /// <summary>The vision tower.</summary>
    Vision,

    /// <summary>The connector.</summary>
    Connector,

    /// <summary>The whole language model: all parts below.</summary>
    Language,

    /// <summary>Token embeddings (and the head where the two are tied).</summary>
    Embeddings,

    /// <summary>Attention projections.</summary>
    Attention,

    /// <summary>Normalisation weights.</summary>
    Norms,

    /// <summary>Dense feed-forward layers.</summary>
    Ffn,

    /// <summary>Experts of sparse feed-forward layers.</summary>
    Experts,

    /// <summary>Routers of sparse feed-forward layers.</summary>
    Routers,

    /// <summary>The output projection.</summary>
    Head,
}
