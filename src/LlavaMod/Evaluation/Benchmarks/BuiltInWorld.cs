using System.ComponentModel.DataAnnotations;
using LlavaMod.Data.Images;
using LlavaMod.Data.World;
using LlavaMod.Evaluation.World;
using LlavaMod.Models;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// The built-in world: questions of five kinds, questions about colour-shape pairs that no training scene shows, POPE, and captions scored by CHAIR,
/// all from the facts of its scenes. It has no files; a seed and a number of scenes say which questions there are.
/// </summary>
[Benchmark("world", Summary = "the built-in world: accuracy, composition, POPE and CHAIR from known facts")]
public sealed class BuiltInWorld(BuiltInWorld.Options options) : Benchmark<WorldItem, WorldAnswer>
{
    /// <summary>Which scenes.</summary>
    public sealed record Options
    {
        /// <summary>How many scenes; eleven questions are asked for each.</summary>
        [Range(1, WorldBenchmark.MaxCount)]
        public int Count { get; init; } = 200;

        /// <summary>The seed of the scenes.</summary>
        [Range(0, int.MaxValue)]
        public int Seed { get; init; } = 7;

        /// <summary>Side of the pictures, pixels; null for what the model's tower looks at, as far as the world can be drawn at it.</summary>
        [Range(ShapeWorld.MinImageSize, ShapeWorld.MaxImageSize)]
        public int? ImageSize { get; init; }
    }

    /// <inheritdoc/>
    public override bool HasFiles => false;

    /// <inheritdoc/>
    public override int MaxNewTokens => WorldItem.AnswerTokens;

    /// <inheritdoc/>
    public override Benchmark FittedTo(LlavaConfig model) => options.ImageSize is null && model.Vision is { } tower
        ? new BuiltInWorld(options with { ImageSize = Math.Clamp(tower.ImageSize, ShapeWorld.MinImageSize, ShapeWorld.MaxImageSize) })
        : this;

    /// <inheritdoc/>
    public override IEnumerable<BenchmarkQuestion> Questions(BenchmarkFolder data)
    {
        var world = Scenes();
        var pictures = new WorldImages(world.World, PngEncoder.Encode); // draws on demand: there is nothing to close
        return world.Items.Select(item => new BenchmarkQuestion(item.Id, item.Question, Picture(item.Scene.ImageName))
        {
            MaxNewTokens = item.MaxNewTokens,
        });

        BenchmarkImage Picture(string name) => new(name, () => pictures.Read(name));
    }

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, WorldItem> ReadItems(BenchmarkFolder data) => Scenes().Items.ToDictionary(item => item.Id);

    /// <inheritdoc/>
    protected override object GroupOf(WorldItem item) => item.Scene.ImageName;

    /// <inheritdoc/>
    protected override WorldAnswer ScoreOne(WorldItem item, AnswerRow answer) => WorldAnswer.Of(item, answer.Text);

    /// <inheritdoc/>
    protected override Figures Summarise(IReadOnlyList<WorldAnswer> scored)
    {
        var scores = WorldScores.Of(scored);
        return new Figures(
            new Dictionary<string, double>
            {
                ["accuracy"] = scores.Accuracy,
                ["composition_accuracy"] = scores.CompositionAccuracy,
                ["pope_f1"] = scores.PopeF1,
                ["chair_s"] = scores.ChairS,
                ["chair_i"] = scores.ChairI,
                ["recall"] = scores.Captions.Recall,
            },
            Categories(scores).ToDictionary());
    }

    private static IEnumerable<KeyValuePair<string, IReadOnlyDictionary<string, double>>> Categories(WorldScores scores)
    {
        foreach (var (kind, part) in scores.Questions) yield return Category($"{Name(kind)}", ("accuracy", part.Accuracy));
        foreach (var (kind, part) in scores.Composition) yield return Category($"composition-{Name(kind)}", ("accuracy", part.Accuracy));
        foreach (var (setting, part) in scores.Pope) yield return Category($"pope-{Name(setting)}", ("f1", part.F1), ("accuracy", part.Accuracy), ("yes_ratio", part.YesRatio));
    }

    private static KeyValuePair<string, IReadOnlyDictionary<string, double>> Category(string name, params (string Metric, double Value)[] figures) =>
        KeyValuePair.Create<string, IReadOnlyDictionary<string, double>>(name, figures.ToDictionary(figure => figure.Metric, figure => figure.Value));

    private static string Name(Enum value) => value.ToString().ToLowerInvariant();

    private WorldBenchmark Scenes() => new(options.Count, options.Seed, options.ImageSize ?? ShapeWorld.MinImageSize);
}
