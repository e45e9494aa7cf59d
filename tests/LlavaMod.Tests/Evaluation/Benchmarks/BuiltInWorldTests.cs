using System.Text.Json;
using LlavaMod.Data.World;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Evaluation.World;

namespace LlavaMod.Tests.Evaluation.Benchmarks;

public sealed class BuiltInWorldTests : IDisposable
{
    private static readonly BuiltInWorld.Options Few = new() { Count = 12, Seed = 5 };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_world_as_a_benchmark_scores_as_a_runs_evaluation_does()
    {
        var scenes = new WorldBenchmark(Few.Count, Few.Seed);
        // Some right, some wrong, some that say nothing.
        var answers = scenes.Items.Select((item, index) => KeyValuePair.Create(item.Id, (index % 3) switch { 0 => item.Reference, 1 => "yes", _ => "A large red circle." })).ToList();
        var expected = WorldScorer.Score(scenes, answers);
        using var none = new BenchmarkFolder(null);

        var score = new BuiltInWorld(Few).Score(none, folder.Write("answers.jsonl", string.Join('\n', answers.Select(answer =>
            JsonSerializer.Serialize(new { question_id = answer.Key, prompt = "", text = answer.Value })))));

        score.Figures.Metrics["accuracy"].ShouldBe(expected.Accuracy);
        score.Figures.Metrics["composition_accuracy"].ShouldBe(expected.CompositionAccuracy);
        score.Figures.Metrics["pope_f1"].ShouldBe(expected.PopeF1);
        score.Figures.Metrics["chair_s"].ShouldBe(expected.ChairS);
        score.Figures.Metrics["chair_i"].ShouldBe(expected.ChairI);
        score.Figures.Categories["pope-adversarial"]["f1"].ShouldBe(expected.Pope[PopeSetting.Adversarial].F1);
        score.Figures.Metrics["accuracy"].ShouldBeInRange(0.2, 0.8);
    }

    [Fact]
    public void Every_question_of_the_world_has_its_picture_and_is_asked_once()
    {
        using var none = new BenchmarkFolder(null);
        var questions = new BuiltInWorld(Few).Questions(none).ToList();
        questions.Select(question => question.Id).ShouldBe(new WorldBenchmark(Few.Count, Few.Seed).Items.Select(item => item.Id));
        questions.ShouldAllBe(question => question.Turn == $"<image>\n{question.Prompt}");
        questions[0].Images.Single().Read().Length.ShouldBeGreaterThan(100);
    }
}
