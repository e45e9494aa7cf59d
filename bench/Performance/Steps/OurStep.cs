using System.Globalization;
using LlavaMod.Models;
using LlavaMod.Models.Language;
using LlavaMod.Objectives;
using LlavaMod.Performance.Cached;
using LlavaMod.Recipes;
using LlavaMod.Torch;
using LlavaMod.Torch.Optim;
using LlavaMod.Torch.Serialization;
using LlavaMod.Training;

namespace LlavaMod.Performance.Steps;

/// <summary>Our side: the trainer that stages run, over models of random weights that are the same in every process.</summary>
internal sealed class OurStep : IDisposable
{
    private const double Decay = 0.9; // of AdamW's first moment
    private const double NothingDropped = 2; // of the peer's 4 experts with two choices: every expert has a place for every token

    private readonly Geometry geometry;
    private readonly double? capacityFactor;
    private readonly Llava student;
    private readonly Llava? teacher; // null where it is cached
    private readonly VisionFeatures vision = new() { Keeps = false }; // every step's pictures are new, as those of a fresh batch
    private readonly Lazy<AdamW> optimizer; // from the first step on: its state is memory of the step, not of the loaded models
    private readonly Lazy<Trainer> trainer;
    private readonly StepBatch batch;
    private readonly MicroBatch[] microBatches;

    /// <param name="geometry">Sizes.</param>
    /// <param name="stage">d2d, d2s or preference.</param>
    /// <param name="dtype">Type of the weights.</param>
    /// <param name="clip">Gradient norm above which gradients are scaled down.</param>
    /// <param name="capacityFactor">Places of an expert as a multiple of its even share; null drops nothing.</param>
    /// <param name="cached">Whether the teacher is asked here and then let go.</param>
    /// <param name="whole">Whether the batch is one micro-batch, whatever the geometry says.</param>
    public OurStep(Geometry geometry, string stage, DType dtype, double clip, double? capacityFactor, bool cached = false, bool whole = false)
    {
        (this.geometry, this.capacityFactor) = (geometry, capacityFactor);
        var experts = stage == "d2d" ? null : geometry.Experts with { CapacityFactor = capacityFactor };
        student = Llava.Build(geometry.Config(geometry.Student, experts), new RandomParameters(1), dtype);
        teacher = Llava.Build(geometry.Config(geometry.Teacher), new RandomParameters(2), dtype, sharedTower: student.Tower);
        var part = TrainedParts(stage);
        var trained = student.AllParameters.Where(parameter => (parameter.Part & part) != 0).ToList();
        foreach (var parameter in trained) parameter.Value.RequireGrad();
        var group = new ParameterGroup([.. trained.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))]);
        optimizer = new Lazy<AdamW>(() => new AdamW([group], (Decay, 0.98)));
        var schedule = new LearningRateSchedule(Torch.Optim.ScheduleKind.Constant, Peak: 1e-6, Steps: 1000, WarmupSteps: 0);
        // kto_pair compares the pairs of a batch with each other: cut into micro-batches, they would go through the student twice.
        int parts = whole || stage == "preference" ? 1 : geometry.Parts;
        var options = new TrainerOptions { Clip = clip, MeasureEvery = 0, ParallelMicroBatches = parts };
        trainer = new Lazy<Trainer>(() => new Trainer(student, teacher, teacher, [.. Objectives(stage)], optimizer.Value, schedule, vision, options));
        batch = new StepBatch(geometry, pairs: stage == "preference");
        microBatches = batch.Packed(parts);
        if (!cached) return;
        microBatches = [.. microBatches.Select(micro => micro with { Teacher = SampledTeacher.Batch(teacher, micro, vision) })];
        teacher.Dispose();
        teacher = null;
    }

    public static ModelPart TrainedParts(string stage) =>
        ModelPart.Connector | (stage == "d2d" ? ModelPart.Language : ModelPart.Experts | ModelPart.Routers);

    private static IEnumerable<WeightedObjective> Objectives(string stage)
    {
        string[] names = stage switch
        {
            "d2d" => ["forward-kl"],
            "d2s" => ["forward-kl", "cross-entropy", "load-balance"],
            _ => ["kto-pair", "load-balance"],
        };
        return names.Select(name => new WeightedObjective(name, Catalog<Objective>.Create(name), name == "load-balance" ? 0.01 : 1));
    }

    /// <summary>One step.</summary>
    public StepResult Run() => Run(microBatches);

    /// <summary>One step on another batch.</summary>
    public StepResult Run(IReadOnlyList<MicroBatch> other) => trainer.Value.Step(other);

    /// <summary>The gradients of the one step taken: AdamW's first moment is then their share 1 - beta1.</summary>
    public Dictionary<string, Tensor> Gradients() => optimizer.Value.Save().Where(entry => entry.Key.EndsWith(".exp_avg", StringComparison.Ordinal))
        .ToDictionary(entry => entry.Key[..^".exp_avg".Length], entry => entry.Value / (1 - Decay));

    /// <summary>Weights, batch and sizes for the peer. Before a step.</summary>
    public void Write(string path)
    {
        using var scope = new TensorScope();
        var tensors = Named("student.", student.Parameters).Concat(Named("teacher.", teacher!.Parameters)).Concat(Named("tower.", student.Tower!.Store))
            .Concat(batch.Tensors()).ToList();
        var sizes = new Dictionary<string, string>
        {
            ["tower.heads"] = $"{geometry.Vision.NumAttentionHeads}",
            ["tower.layers_used"] = $"{geometry.Vision.LayersUsed}",
            ["student.experts"] = $"{geometry.Experts.NumExperts}",
            ["student.capacity_factor"] = (capacityFactor ?? NothingDropped).ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (name, config) in new[] { ("student", geometry.Student), ("teacher", geometry.Teacher) }) Describe(name, config);
        SafetensorsWriter.Write(path, tensors, sizes);

        void Describe(string name, LanguageConfig config)
        {
            sizes[$"{name}.layers"] = $"{config.NumHiddenLayers}";
            sizes[$"{name}.heads"] = $"{config.NumAttentionHeads}";
            sizes[$"{name}.key_heads"] = $"{config.NumKeyValueHeads}";
        }
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Named(string prefix, ParameterStore store) =>
        store.Parameters.Select(parameter => KeyValuePair.Create(prefix + parameter.Name, parameter.Value));

    public void Dispose()
    {
        if (optimizer.IsValueCreated) optimizer.Value.Dispose();
        vision.Dispose();
        teacher?.Dispose();
        student.Dispose();
    }
}
