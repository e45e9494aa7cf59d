using System.Diagnostics;
using LlavaMod.Evaluation;
using LlavaMod.Models;
using LlavaMod.Recipes;
using LlavaMod.Runs;
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
        using var vision = new VisionFeatures();
        var evaluator = recipe.Evaluation is { } evaluation ? new RunEvaluator(evaluation, encoding, datasets, vision, observer) : null;
        var state = RunState.Read(folder);
        var manifest = new DataManifest(recipe, folder, encoding);
        var clock = Stopwatch.StartNew();
        double before = state.Seconds;
        foreach (var stage in recipe.Stages)
        {
            if (!state.IsTrained(stage.Name))
            {
                var sources = StageSource.Of(stage, datasets, recipe.Seed);
                manifest.Begin(stage, sources);
                var done = new StageRun(recipe, stage, models, new StageData(sources, encoding), encoding, vision, folder, observer).Execute(cancellation);
                manifest.Complete(stage, done.Sources);
                state = state.With(done);
                Write();
            }
            if (stage.ReportAs is { } name && evaluator is not null && !state.IsEvaluated(name))
            {
                using var model = models.Open(stage.Name);
                var result = evaluator.Evaluate(name, model, cancellation);
                AtomicFile.Write(folder.Evaluation(name), result.Details);
                state = state.With(Summarise(stage, name, model, result, state), result.Samples);
                Write();
            }
        }
        return Write();

        RunSummary Write() => (state = state with { Seconds = before + clock.Elapsed.TotalSeconds }).Write(folder, recipe);
    }

    private ModelSummary Summarise(StageSpec stage, string name, Llava model, EvaluationResult result, RunState state)
    {
        var size = ModelSize.Of(model);
        return new ModelSummary(
            name, size.Total, size.Active, result.Accuracy, result.CompositionAccuracy, result.PopeF1, result.ChairS, result.ChairI,
            Ancestry(stage).Sum(ancestor => state.SecondsOf(ancestor.Name)));
    }

    // The stages that made a model, first to last.
    private IEnumerable<StageSpec> Ancestry(StageSpec stage)
    {
        var start = recipe.Stages.FirstOrDefault(earlier => earlier.Name == stage.Start);
        return start is null ? [stage] : Ancestry(start).Append(stage);
    }
}
