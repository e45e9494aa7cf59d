using System.Diagnostics;
using LlavaMod.Models;
using LlavaMod.Models.Language;
using LlavaMod.Objectives;
using LlavaMod.Recipes;
using LlavaMod.Torch;
using LlavaMod.Torch.Optim;
using LlavaMod.Training;

namespace LlavaMod.Performance.Packing;

/// <summary>A student with its teacher and trainer, and what its steps took.</summary>
internal sealed class Side : IDisposable
{
    private readonly Llava student;
    private readonly Llava teacher;
    private readonly VisionFeatures vision = new();
    private readonly AdamW optimizer;
    private readonly Trainer trainer;
    private readonly List<(int Tokens, double Seconds, double Processor)> steps = [];

    public Side(Lengths lengths)
    {
        student = Llava.Build(Config(lengths.Student), new RandomParameters(1));
        teacher = Llava.Build(Config(lengths.Teacher), new RandomParameters(2), sharedTower: student.Tower);
        var trained = student.AllParameters.Where(parameter => (parameter.Part & (ModelPart.Connector | ModelPart.Language)) != 0).ToList();
        foreach (var parameter in trained) parameter.Value.RequireGrad();
        optimizer = new AdamW([new ParameterGroup([.. trained.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))])], (0.9, 0.98));
        WeightedObjective[] objectives = [.. new[] { "forward-kl", "cross-entropy" }.Select(name => new WeightedObjective(name, Catalog<Objective>.Create(name), 1))];
        var schedule = new LearningRateSchedule(Torch.Optim.ScheduleKind.Constant, Peak: 1e-4, Steps: 1000, WarmupSteps: 0);
        trainer = new Trainer(student, teacher, null, objectives, optimizer, schedule, vision, new TrainerOptions { Clip = 1, MeasureEvery = 0 });

        LlavaConfig Config(LanguageConfig language) => new() { Language = language, Vision = lengths.Vision, Connector = "mlp2x_gelu" };
    }

    public long Tokens => steps.Sum(step => (long)step.Tokens);

    public double Step(MicroBatch batch)
    {
        var spent = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        var result = trainer.Step([batch]);
        steps.Add((result.Tokens, Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - spent).TotalSeconds));
        return result.Loss;
    }

    /// <summary>Of all steps but the first ones.</summary>
    public (long Tokens, double Seconds, double Processor) Totals(int skipped) =>
        (steps.Skip(skipped).Sum(step => (long)step.Tokens), steps.Skip(skipped).Sum(step => step.Seconds), steps.Skip(skipped).Sum(step => step.Processor));

    public void Dispose()
    {
        optimizer.Dispose();
        vision.Dispose();
        teacher.Dispose();
        student.Dispose();
    }
}
