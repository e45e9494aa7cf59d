using System.Diagnostics;
using LlavaMod.Evaluation;
using LlavaMod.Models;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Teachers;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Stages;

/// <summary>
/// A whole run: the recipe's stages one after another, each reported model evaluated, everything written to the run folder. Stages that are
/// complete are not run again, so that a run goes on where it was stopped.
/// </summary>
/// <param name="recipe">What to run.</param>
/// <param name="folder">Where it keeps its files.</param>
/// <param name="observer">Watches.</param>
public sealed class Pipeline(Recipe recipe, RunFolder folder, ITrainingObserver observer)
{
    /// <summary>Runs what is not done yet.</summary>
    /// <param name="cancellation">Stops after the step in flight; the run can then be resumed.</param>
    public RunSummary Execute(CancellationToken cancellation)
    {
        using var scope = new TensorScope();
        using var datasets = new Datasets(recipe, observer.Message);
        var encoding = RunEncoding.Prepare(recipe, folder, datasets);
        Vocabularies.Check(recipe, encoding.Tokenizer, observer.Message);
        using var models = new StageModels(recipe, folder.Model, encoding.Tokenizer.VocabSize);
        using var features = new RunFeatures(recipe, folder, observer);
        var vision = features.Vision;
        var evaluator = recipe.Evaluation is { } evaluation ? new RunEvaluator(evaluation, encoding, datasets, vision, observer) : null;
        var benchmarks = new RunBenchmarks(recipe.Evaluation?.Benchmarks ?? [], folder, encoding, models, vision, observer);
        benchmarks.Check();
        var state = RunState.Read(folder);
        foreach (var stage in recipe.Stages.Where(stage => stage.TeacherCache is not null && !state.IsTrained(stage.Name)))
            TeacherCache.Open(stage.TeacherCache!).Dispose(); // before hours of other stages
        var manifest = new DataManifest(recipe, folder, encoding);
        var clock = Stopwatch.StartNew();
        double before = state.Seconds;
        foreach (var stage in recipe.Stages)
        {
            if (GivenTeacher(stage) is var (teacher, path) && evaluator is not null && !state.IsEvaluated(teacher))
            {
                using var model = models.Open(teacher);
                Measure(teacher, path, model, teacherOf: null, trainSeconds: 0);
            }
            if (!state.IsTrained(stage.Name))
            {
                var sources = StageSource.Of(stage, datasets, recipe.Seed);
                manifest.Begin(stage, sources);
                var data = new StageData(sources, encoding);
                features.Begin(stage, data.Count);
                var done = new StageRun(recipe, stage, models, data, encoding, vision, folder, observer).Execute(cancellation);
                features.Complete(stage);
                manifest.Complete(stage, done.Sources);
                state = state.With(done);
                Write();
            }
            if (stage.ReportAs is { } name && evaluator is not null && !state.IsEvaluated(name))
            {
                using var model = models.Open(stage.Name);
                Measure(name, folder.Model(stage.Name), model, TeacherOf(stage, state), Ancestry(stage).Sum(ancestor => state.SecondsOf(ancestor.Name)));
            }
        }
        features.Clear();
        return Write();

        void Measure(string name, string path, Llava model, string? teacherOf, double trainSeconds)
        {
            var result = evaluator.Evaluate(name, model, cancellation);
            if (result is not null) AtomicFile.Write(folder.Evaluation(name), result.Details);
            var summary = Summarise(name, model, result, trainSeconds) with { Benchmarks = benchmarks.Ask(name, path, model, teacherOf, cancellation) };
            state = state.With(summary, result?.Samples ?? []);
            Write();
        }

        RunSummary Write() => (state = state with { Seconds = before + clock.Elapsed.TotalSeconds }).Write(folder, recipe);
    }

    private static ModelSummary Summarise(string name, Llava model, EvaluationResult? result, double trainSeconds)
    {
        var size = ModelSize.Of(model);
        return new ModelSummary(
            name, size.Total, size.Active, result?.Accuracy, result?.CompositionAccuracy, result?.PopeF1, result?.ChairS, result?.ChairI, trainSeconds);
    }

    // A teacher that comes from a folder, and so is reported by no stage.
    private (string Name, string Path)? GivenTeacher(StageSpec stage) =>
        stage.Teacher is { } teacher && recipe.Models.TryGetValue(teacher, out var model) && model.Path is { } path ? (teacher, path) : null;

    // Whom a stage's model is compared with: its own teacher, or its ancestors'; of a control, that of the last stage with one. Null for a teacher.
    private string? TeacherOf(StageSpec stage, RunState state)
    {
        var teacher = Ancestry(stage).Reverse().Concat(recipe.Stages.Reverse()).Select(other => other.Teacher).FirstOrDefault(other => other is not null);
        bool isThere = teacher is not null && (state.IsTrained(teacher) || recipe.Models.ContainsKey(teacher));
        return isThere && recipe.Stages.All(other => other.Teacher != stage.Name) ? teacher : null;
    }

    // The stages that made a model, first to last.
    private IEnumerable<StageSpec> Ancestry(StageSpec stage)
    {
        var start = recipe.Stages.FirstOrDefault(earlier => earlier.Name == stage.Start);
        return start is null ? [stage] : Ancestry(start).Append(stage);
    }
}
