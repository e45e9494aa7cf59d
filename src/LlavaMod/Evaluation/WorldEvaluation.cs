using LlavaMod.Data.Images;
using LlavaMod.Data.World;
using LlavaMod.Evaluation.World;
using LlavaMod.Recipes;
using LlavaMod.Stages;

namespace LlavaMod.Evaluation;

/// <summary>Questions and captions of the built-in world, scored from its facts.</summary>
/// <param name="spec">How many scenes, from which seed.</param>
/// <param name="encoding">Tokenizer, template, image preprocessing.</param>
public sealed class WorldEvaluation(WorldEvaluationSpec spec, SampleEncoding encoding)
{
    private const int ShownScenes = 6;

    private readonly WorldBenchmark benchmark = new(spec.Count, spec.Seed, spec.ImageSize);

    /// <summary>Asks a model everything and scores it.</summary>
    public EvaluationResult Run(Answerer answerer, Action<int, int> progress, CancellationToken cancellation)
    {
        using var images = new WorldImages(benchmark.World, PngEncoder.Encode);
        var preparer = encoding.Images ?? throw new UserError("evaluation.world: no model of the recipe has a vision tower");
        // A scene is drawn once, however many questions are about it.
        var pictures = benchmark.Items.Select(item => item.Scene.ImageName).Distinct()
            .ToDictionary(name => name, name => preparer.Prepare($"evaluation-{spec.Seed}-{spec.ImageSize}", images, name));
        var questions = benchmark.Items.Select(item => new EvaluationQuestion(
            item.Id, item.Prompt, _ => [pictures[item.Scene.ImageName]], item.MaxNewTokens)).ToList();
        var answers = answerer.Answer(questions, done => progress(done, questions.Count), cancellation);
        var scores = WorldScorer.Score(benchmark, answers);
        return new EvaluationResult
        {
            Accuracy = scores.Accuracy,
            CompositionAccuracy = scores.CompositionAccuracy,
            PopeF1 = scores.PopeF1,
            ChairS = scores.ChairS,
            ChairI = scores.ChairI,
            Details = scores.ToJson(),
            Samples = [.. Shown().Select(item => new SampleAnswer(
                Convert.ToBase64String(images.Read(item.Scene.ImageName)), item.Question,
                item.Reference, answers[item.Id]))],
        };
    }

    // A caption and a question about each of the first scenes.
    private IEnumerable<WorldItem> Shown() =>
        benchmark.Items.Where(item => item.Part == WorldPart.Caption).Take(ShownScenes)
            .Concat(benchmark.Items.Where(item => item.Part == WorldPart.Question).GroupBy(item => item.Kind).SelectMany(kind => kind.Take(2)));
}
