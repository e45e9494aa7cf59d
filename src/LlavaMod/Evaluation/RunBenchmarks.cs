using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Evaluation.Judges;
using LlavaMod.Models;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Stages;
using LlavaMod.Training;

namespace LlavaMod.Evaluation;

/// <summary>Asks a run's models the benchmarks that its recipe names. Answers and results are kept in the run folder, model by model.</summary>
/// <param name="benchmarks">The benchmarks.</param>
/// <param name="folder">The run's folder.</param>
/// <param name="encoding">Tokenizer, template, image preprocessing.</param>
/// <param name="models">Opens teachers.</param>
/// <param name="vision">Features of frozen towers.</param>
/// <param name="observer">Watches.</param>
public sealed class RunBenchmarks(
    IReadOnlyList<BenchmarkSpec> benchmarks, RunFolder folder, SampleEncoding encoding, StageModels models, VisionFeatures vision, ITrainingObserver observer)
{
    /// <summary>Looks whether every benchmark's files are there, before anything is trained.</summary>
    /// <exception cref="UserError">A file or the first picture is missing or damaged.</exception>
    public void Check()
    {
        foreach (var spec in benchmarks)
        {
            using var data = spec.Open();
            new BenchmarkRun(spec, data, folder.Root).Check();
        }
    }

    /// <summary>The figures of one model, those of a benchmark that a judge scores not among them; null where the recipe names no benchmarks.</summary>
    /// <param name="name">The name under which it is reported.</param>
    /// <param name="path">Its folder.</param>
    /// <param name="model">The model.</param>
    /// <param name="teacher">The model or stage that it agrees with, more or less; null where it is a teacher itself.</param>
    /// <param name="cancellation">Stops between steps; answers so far are kept.</param>
    /// <exception cref="UserError">A benchmark's file is missing or damaged.</exception>
    public IReadOnlyList<BenchmarkFigures>? Ask(string name, string path, Llava model, string? teacher, CancellationToken cancellation) => benchmarks.Count == 0
        ? null
        : [.. benchmarks.Select(spec => Ask(spec, name, path, model, teacher, cancellation)).OfType<BenchmarkFigures>()];

    private BenchmarkFigures? Ask(BenchmarkSpec spec, string name, string path, Llava model, string? teacher, CancellationToken cancellation)
    {
        var benchmark = spec.Create();
        if (benchmark is Agreement && teacher is null) return null; // with itself, it would agree in everything
        using var data = spec.Open();
        var run = new BenchmarkRun(spec, data, folder.Benchmark(name, spec.Name));
        var asked = AskedModel.Of(path, encoding, spec);
        using var other = benchmark is Agreement ? models.Open(teacher!) : null;
        var answerer = new Answerer(model, encoding, vision);
        run.Ask(
            other is null ? answerer : new AgreementRespondent(answerer, new Answerer(other, encoding, vision)), asked, model.Config,
            (done, total) => observer.Evaluating($"{name}, {spec.Name}", done, total), cancellation);
        if (benchmark is IJudged)
        {
            observer.Message($"{spec.Name} is scored by a judge: llavamod score --benchmark {spec.Name} --answers {run.Answers} --judge-url URL --judge-model NAME");
            return null;
        }
        if (benchmark.WhyUnscored(data) is { } reason)
        {
            observer.Message($"{spec.Name}: {reason}");
            return null;
        }
        var score = run.Score(asked, run.Answers).Score;
        return new BenchmarkFigures(spec.Name, score.Figures.Metrics, score.Answered, score.Questions);
    }
}
