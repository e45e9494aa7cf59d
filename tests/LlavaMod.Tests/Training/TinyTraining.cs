using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Objectives;
using LlavaMod.Recipes;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;
using LlavaMod.Torch.Optim;
using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

/// <summary>A trainer over a tiny student, and a wider teacher that is also the reference.</summary>
internal sealed class TinyTraining : IDisposable
{
    public const ModelPart All = ModelPart.Connector | ModelPart.Language;

    private readonly Llava teacher;
    private readonly VisionFeatures vision = new();
    private readonly Trainer trainer;

    public TinyTraining(
        IReadOnlyList<WeightedObjective> objectives, ExpertsConfig? experts = null, ModelPart trained = All, DType dtype = DType.Float32,
        TrainerOptions? options = null, double rate = 0.01)
    {
        Student = TinyModels.Build(1, TinyModels.Config(experts), dtype);
        teacher = TinyModels.Build(2, TinyModels.Config(width: 24), dtype, trained.HasFlag(ModelPart.Vision) ? null : Student.Tower);
        Trained = [.. Student.AllParameters.Where(parameter => (parameter.Part & trained) != 0)];
        foreach (var parameter in Trained) parameter.Value.RequireGrad();
        // With a large epsilon an update is as smooth in the gradient as plain descent: rounding does not turn into a step of full length.
        Optimizer = new AdamW(
            [new ParameterGroup([.. Trained.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))])], (0.9, 0.98), epsilon: 0.1);
        var schedule = new LearningRateSchedule(Torch.Optim.ScheduleKind.Linear, rate, Steps: 1000, WarmupSteps: 0);
        trainer = new Trainer(Student, teacher, teacher, objectives, Optimizer, schedule, vision, options ?? new TrainerOptions());
    }

    public Llava Student { get; }

    public AdamW Optimizer { get; }

    public IReadOnlyList<Parameter> Trained { get; }

    /// <summary>Objectives by name with their defaults and weight 1.</summary>
    public static WeightedObjective[] Objectives(params string[] names) =>
        [.. names.Select(name => new WeightedObjective(name, Catalog<Objective>.Create(name), 1))];

    /// <summary>Forward KL over some scopes.</summary>
    public static WeightedObjective Mimic(params (string Scope, double Weight)[] scopes) => new(
        "forward-kl", new ForwardKl(new() { Scope = new(scopes.Select(scope => KeyValuePair.Create(scope.Scope, scope.Weight)).ToArray()) }), 1);

    public StepResult Step(IReadOnlyList<MicroBatch> batch) => trainer.Step(batch);

    /// <summary>The gradients of a batch, which is then forgotten.</summary>
    public Dictionary<string, double[]> Gradients(IReadOnlyList<MicroBatch> batch)
    {
        using var scope = new TensorScope();
        trainer.Accumulate(batch);
        var gradients = Trained.Where(parameter => parameter.Value.Grad() is not null)
            .ToDictionary(parameter => parameter.Name, parameter => parameter.Value.Grad()!.ToArray<double>());
        Optimizer.ZeroGradients();
        return gradients;
    }

    public Dictionary<string, double[]> Weights() =>
        Student.AllParameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value.ToArray<double>());

    public void Dispose()
    {
        Optimizer.Dispose();
        vision.Dispose();
        teacher.Dispose();
        Student.Dispose();
    }
}
