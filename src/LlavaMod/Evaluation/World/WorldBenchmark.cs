using LlavaMod.Data.World;

namespace LlavaMod.Evaluation.World;

/// <summary>
/// The world's evaluation set, a pure function of (count, seed). Of <c>count</c> = n it has n questions of each of the five kinds, n questions
/// about held-out compositions (a quarter each of existence, colour, shape and relation), n captions, and for each of n scenes one POPE
/// question about an object that is there and, for each setting, one about an object that is not. Yes and no alternate. Labels are never noisy.
/// </summary>
public sealed class WorldBenchmark
{
    /// <summary>The largest count.</summary>
    public const int MaxCount = 100_000;

    // Each question of a scene draws from numbers of its own.
    private const int DrawsPerScene = 16;
    private const int CompositionDraw = 8;
    private const int PopeDraw = 15;

    private static readonly QuestionKind[] CompositionKinds =
        [QuestionKind.Existence, QuestionKind.Colour, QuestionKind.Shape, QuestionKind.Relation];

    /// <summary>Makes the evaluation set.</summary>
    /// <param name="count">n, 1 to <see cref="MaxCount"/>.</param>
    /// <param name="seed">Seeds the world that the scenes are of. No scene of any seed's training split is among them.</param>
    /// <param name="imageSize">Side of the images in pixels.</param>
    /// <exception cref="UserError">An argument is out of its range.</exception>
    public WorldBenchmark(int count, long seed, int imageSize = ShapeWorld.MinImageSize)
    {
        if (count is < 1 or > MaxCount)
            throw new UserError($"the world's evaluation count must be 1 to {MaxCount}, not {count}");
        World = new ShapeWorld(seed, imageSize);
        Items = [
            .. Enum.GetValues<QuestionKind>().SelectMany(kind => Questions(kind, count)),
            .. CompositionKinds.SelectMany((kind, i) => Compositions(kind, (count + CompositionKinds.Length - 1 - i) / CompositionKinds.Length)),
            .. Enumerable.Range(0, count).SelectMany(Pope),
            .. Enumerable.Range(0, count).Select(Describe),
        ];
    }

    /// <summary>The world that the scenes are of.</summary>
    public ShapeWorld World { get; }

    /// <summary>Every item, part by part.</summary>
    public IReadOnlyList<WorldItem> Items { get; }

    /// <summary>The first scenes that have a question of the kind, until there are enough.</summary>
    private IEnumerable<WorldItem> Questions(QuestionKind kind, int count)
    {
        for (var (index, made) = (0, 0); made < count; index++)
        {
            var scene = World.Scene(WorldSplit.Validation, index);
            var writer = new QuestionWriter(scene, World.Statistics, Random(scene, (int)kind));
            if (writer.Ask(kind, yes: made % 2 == 0) is { } question)
                yield return Ask($"question-{Name(kind)}-{made++:D6}", WorldPart.Question, scene, question);
        }
    }

    private IEnumerable<WorldItem> Compositions(QuestionKind kind, int count)
    {
        for (var (index, made) = (0, 0); made < count; index++)
        {
            var scene = World.Scene(WorldSplit.HeldOut, index);
            if (Composition(scene, kind, yes: made % 2 == 0) is { } question)
                yield return Ask($"composition-{Name(kind)}-{made++:D6}", WorldPart.Composition, scene, question);
        }
    }

    /// <summary>A question about the held-out kind that the scene shows; for a "no" about existence, about one that it does not.</summary>
    private Question? Composition(Scene scene, QuestionKind kind, bool yes)
    {
        var random = Random(scene, CompositionDraw + (int)kind);
        var shown = scene.Objects.First(item => item.Kind.IsHeldOut).Kind;
        if (kind == QuestionKind.Existence && !yes)
            return QuestionWriter.Existence(scene, random.Pick([.. ObjectKind.HeldOut.Where(other => !scene.Shows(other))]));
        return new QuestionWriter(scene, World.Statistics, random).Ask(kind, yes, about: shown);
    }

    /// <summary>As in POPE the three settings share their "yes" questions.</summary>
    private IEnumerable<WorldItem> Pope(int index)
    {
        var scene = World.Scene(WorldSplit.Validation, index);
        var random = Random(scene, PopeDraw);
        var present = QuestionWriter.Existence(scene, random.Pick(scene.Objects).Kind);
        yield return Ask($"pope-present-{index:D6}", WorldPart.Pope, scene, present);
        foreach (var setting in Enum.GetValues<PopeSetting>())
        {
            var absent = QuestionWriter.Existence(scene, AbsentKinds.Pick(scene, World.Statistics, setting, random));
            yield return Ask($"pope-{setting.ToString().ToLowerInvariant()}-{index:D6}", WorldPart.Pope, scene, absent, setting);
        }
    }

    private WorldItem Describe(int index)
    {
        var scene = World.Scene(WorldSplit.Validation, index);
        return new WorldItem($"caption-{index:D6}", WorldPart.Caption, scene, [Prompts.Opening(WorldWords.DescribePrompt)], Caption.Of(scene));
    }

    private static WorldItem Ask(string id, WorldPart part, Scene scene, Question question, PopeSetting? setting = null) =>
        new(id, part, scene, [Prompts.Opening(question.Text)], question.Answer, question.Kind, setting);

    private WorldRandom Random(Scene scene, int draw) => World.Random(WorldStream.Benchmark, scene.Split, (scene.Index * DrawsPerScene) + draw);

    private static string Name(QuestionKind kind) => kind.ToString().ToLowerInvariant();
}
