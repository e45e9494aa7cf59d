using System.Diagnostics;
using LlavaMod.Checkpoints;
using LlavaMod.Data;
using LlavaMod.Data.Formats;
using LlavaMod.Models;
using LlavaMod.Objectives;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Teachers;
using LlavaMod.Torch;
using LlavaMod.Torch.Optim;
using LlavaMod.Training;

namespace LlavaMod.Stages;

/// <summary>
/// One stage of a recipe, from its start model to its result: opens the models, freezes what the stage does not train, steps through the data,
/// saves checkpoints, and verifies at the end that the frozen weights have not moved.
/// </summary>
/// <param name="recipe">The recipe.</param>
/// <param name="stage">The stage.</param>
/// <param name="models">The recipe's models.</param>
/// <param name="data">The stage's samples.</param>
/// <param name="encoding">How they became tokens and pixels; saved with the result.</param>
/// <param name="vision">Features of frozen towers.</param>
/// <param name="folder">Where the run keeps its files.</param>
/// <param name="observer">Watches.</param>
public sealed class StageRun(
    Recipe recipe, StageSpec stage, StageModels models, StageData data, SampleEncoding encoding, VisionFeatures vision, RunFolder folder,
    ITrainingObserver observer)
{
    private readonly bool trainsTower = stage.Train.Contains(TrainablePart.Vision);
    private readonly IReadOnlyList<WeightedObjective> objectives =
    [
        .. stage.Objectives.Select(spec => new WeightedObjective(spec.Name, Catalog<Objective>.Create(spec.Name, spec.Options), spec.Weight)),
    ];

    private int Steps => stage.StepsOver(data.Count);

    /// <summary>Trains, and leaves the result in the run folder.</summary>
    /// <param name="cancellation">Stops after the step in flight; a checkpoint is written first.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled; it can be resumed.</exception>
    /// <exception cref="TrainingFailedException">A loss is not finite, or frozen weights have moved.</exception>
    public FinishedStage Execute(CancellationToken cancellation)
    {
        TensorMemory.ResetPeak();
        string checkpoints = folder.StageCheckpoints(stage.Name);
        string? checkpoint = StageCheckpoint.FindLatest(checkpoints, observer.Message);
        using var student = OpenStudent(checkpoint);
        using var cache = stage.TeacherCache is null ? null : StageCache.Open(stage, models.FolderOf(stage.Teacher!), student, encoding);
        using var teacher = cache is null && objectives.Any(weighted => weighted.Objective is TokenObjective { NeedsTeacher: true }) ? models.Open(stage.Teacher!) : null;
        using var reference = OpenReference(teacher);
        CompareRows(student, teacher ?? reference ?? student);
        CompareTokens(student, teacher, reference);
        CheckPacking(student, teacher, reference);
        var trained = Unfreeze(student);
        var frozen = new FrozenWeights(student.AllParameters.Except(trained));
        using var optimizer = new AdamW(
            [new ParameterGroup([.. trained.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))], stage.WeightDecay)],
            (stage.Betas[0], stage.Betas[1]), stage.Epsilon);

        var progress = checkpoint is null ? StageProgress.Start : StageCheckpoint.ReadProgress(checkpoint);
        if (checkpoint is not null) StageCheckpoint.RestoreOptimizer(checkpoint, optimizer, progress.Step);
        observer.StageStarted(stage.Name, Steps, progress.Step);
        var trainer = new Trainer(student, teacher, reference, objectives, optimizer, Schedule(), vision, Options());
        progress = TrainOn(trainer, student, cache is null ? data : new CachedData(data, cache), optimizer, progress, checkpoints, cancellation);
        long peakMemory = TensorMemory.Peak;

        frozen.Verify(student.AllParameters, stage.Name);
        AtomicFolder.Write(folder.Model(stage.Name), work =>
        {
            ModelFolder.Save(student, work);
            EncodingFiles.Save(encoding, work, withImages: student.Tower is not null);
        });
        observer.StageFinished(stage.Name, peakMemory);
        if (progress.Skipped > 0) observer.Message($"{stage.Name}: {progress.Skipped:N0} samples left out, a row in every pass that it comes up in; {Path.GetFileName(folder.Manifest)} counts them by dataset");
        var summary = new StageSummary(
            stage.Name, progress.Step, progress.Tokens, progress.Tokens / Math.Max(progress.Seconds, 1e-9), progress.FirstLoss, progress.LastLoss);
        return new FinishedStage(summary, progress.Seconds, progress.Skipped, peakMemory) { Sources = progress.Sources };
    }

    private StageProgress TrainOn(
        Trainer trainer, Llava student, ITrainingData samples, AdamW optimizer, StageProgress progress, string checkpoints, CancellationToken cancellation)
    {
        using var metrics = MetricsWriter.Resume(folder.Metrics, stage.Name, progress.Step);
        data.Restore(progress.Broken);
        using var loader = new BatchLoader(samples, Plan(student), progress.Position);
        while (progress.Step < Steps)
        {
            long began = Stopwatch.GetTimestamp();
            var batch = loader.Next(CancellationToken.None);
            double waited = Stopwatch.GetElapsedTime(began).TotalSeconds;
            foreach (var broken in batch.Broken) broken.Count();
            var result = trainer.Step(batch.MicroBatches) with { DataWait = waited };
            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var skippedBefore = progress.Sources;
            progress = progress.After(result, batch, seconds);
            foreach (var skipped in SourceUse.NewOf(skippedBefore, batch).Where(skipped => !skipped.Broken)) observer.Message($"{stage.Name}: {skipped.Source}: sample {OneLine.Of(skipped.Id, DataError.LongestId)} left out: {skipped.Reason}");
            metrics.Write(result.ToMetrics(stage.Name, Steps, seconds));
            observer.Step(result, seconds);
            if (progress.Step == Steps || !(cancellation.IsCancellationRequested || progress.Step % stage.SaveEvery == 0)) continue;
            metrics.Sync();
            StageCheckpoint.Save(checkpoints, student, optimizer, progress with { Broken = data.Broken() });
            cancellation.ThrowIfCancellationRequested();
        }
        return progress;
    }

    private Llava OpenStudent(string? checkpoint)
    {
        if (checkpoint is not null) return models.OpenFolder(checkpoint, stage.Start!, trainsTower);
        return stage.Upcycle is { } upcycle
            ? models.OpenUpcycled(stage.Start!, upcycle, $"{recipe.Seed}/{stage.Name}/routers", trainsTower)
            : models.Open(stage.Start!, trainsTower);
    }

    private void CompareRows(Llava student, Llava other)
    {
        if (Vocabularies.Rows(student.Config.Language.VocabSize, other.Config.Language.VocabSize, encoding.Tokenizer.VocabSize) is { } cut)
            observer.Message($"{stage.Name}: {cut}");
    }

    // Both read the same rows, in which a picture has one length. A model of text alone reads rows without pictures.
    private void CompareTokens(Llava student, params Llava?[] others)
    {
        if (others.FirstOrDefault(other => other is { TokensPerImage: > 0 } && student.TokensPerImage > 0 && other.TokensPerImage != student.TokensPerImage) is { } other)
            throw new UserError($"stages.{stage.Name}: a picture takes {student.TokensPerImage} tokens in the student and {other.TokensPerImage} in the model that it learns from; "
                + "give both towers of as many patches, and connectors of as many tokens");
    }

    // DeepSpeed's gating gives padding a share of the experts' places.
    private void CheckPacking(params Llava?[] models)
    {
        if (stage.Packing && models.Any(model => model?.Config.Experts is { Reference: true }))
            throw new UserError($"stages.{stage.Name}.packing: a model routes as the reference does, where padding takes part; set packing to false");
    }

    // The teacher's own instance where it is both: one in memory, and closing it twice does nothing.
    private Llava? OpenReference(Llava? teacher)
    {
        if (!objectives.Any(weighted => weighted.Objective is PreferenceObjective)) return null;
        return stage.Reference switch
        {
            "teacher" => teacher ?? models.Open(stage.Teacher!),
            "start" => models.Open(stage.Start!),
            { } path => models.OpenFolder(path, stage.Start!, ownTower: true),
            null => throw new UserError($"stages.{stage.Name}.reference: a preference objective needs one: teacher, start or a model folder"),
        };
    }

    private List<Parameter> Unfreeze(Llava student)
    {
        var parts = stage.Train.Aggregate(ModelPart.None, (all, part) => all | Enum.Parse<ModelPart>(part.ToString()));
        var trained = student.AllParameters.Where(parameter => (parameter.Part & parts) != 0).ToList();
        if (trained.Count == 0)
        {
            throw new UserError($"stages.{stage.Name}.train: the model has no parameter of {string.Join(", ", stage.Train)}");
        }
        foreach (var parameter in trained) parameter.Value.RequireGrad();
        return trained;
    }

    private LearningRateSchedule Schedule() => LearningRateSchedule.WithWarmupRatio(
        stage.Schedule, stage.LearningRate, Steps, stage.WarmupRatio);

    private TrainerOptions Options() => new()
    {
        Clip = stage.Clip ?? double.PositiveInfinity,
        Recompute = stage.ActivationCheckpointing,
        ParallelMicroBatches = stage.ParallelMicroBatches,
    };

    private BatchPlan Plan(Llava student) => new()
    {
        BatchSize = stage.BatchSize,
        MicroBatchSize = stage.MicroBatchSize,
        MaxLength = stage.MaxLength,
        Packed = stage.Packing,
        Grouped = stage.GroupBy == GroupBy.ModalityLength,
        TokensPerImage = student.TokensPerImage,
        // Stages that read the same data at the same batch size read it in the same order: a control sees what the student saw.
        Seed = $"{recipe.Seed}/{string.Join('+', stage.Data.Select(source => source.Name))}",
    };
}
