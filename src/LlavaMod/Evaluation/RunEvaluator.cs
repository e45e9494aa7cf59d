using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Recipes;
using LlavaMod.Stages;
using LlavaMod.Training;

namespace LlavaMod.Evaluation;

/// <summary>Measures a run's models on what its recipe asks for.</summary>
/// <param name="spec">What to measure on.</param>
/// <param name="encoding">Tokenizer, template, image preprocessing.</param>
/// <param name="datasets">The recipe's datasets.</param>
/// <param name="vision">Features of frozen towers.</param>
/// <param name="observer">Watches.</param>
public sealed class RunEvaluator(EvaluationSpec spec, SampleEncoding encoding, Datasets datasets, VisionFeatures vision, ITrainingObserver observer)
{
    /// <summary>Asks one model; null where the recipe measures by benchmarks alone.</summary>
    public EvaluationResult? Evaluate(string name, Llava model, CancellationToken cancellation)
    {
        var answerer = new Answerer(model, encoding, vision);
        if (spec.World is { } world) return new WorldEvaluation(world, encoding).Run(answerer, Report, cancellation);
        if (spec.ExactMatch is { } exact)
        {
            var samples = datasets[exact.Data] as IDataset<Sample> ?? throw new UserError($"evaluation.exact_match.data: {exact.Data} holds preference pairs");
            return new ExactMatchEvaluation(exact.Data, samples).Run(answerer, Report, cancellation);
        }
        return null;

        void Report(int done, int total) => observer.Evaluating(name, done, total);
    }
}
