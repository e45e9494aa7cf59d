using System.Collections;

namespace LlavaMod.Data.World;

/// <summary>
/// Supervised samples of the built-in world: sample i is about scene i of the split and is made anew at each access, always the same, on any
/// thread. Images are named as <see cref="WorldImages"/> serves them.
/// </summary>
public sealed class WorldDataset : IReadOnlyList<Sample>
{
    /// <summary>How many questions a conversation holds unless told otherwise.</summary>
    public const int DefaultQuestions = 8;

    /// <summary>The most questions a conversation may be asked to hold; small scenes have fewer.</summary>
    public const int MaxQuestions = 32;

    // One text in so many has the caption as an answer.
    private const int TextCaptions = 4;

    private readonly double labelNoise;
    private readonly int questions;

    /// <summary>A dataset of the first <paramref name="count"/> scenes of a split.</summary>
    /// <param name="world">The world.</param>
    /// <param name="split">The split.</param>
    /// <param name="content">What the samples hold.</param>
    /// <param name="count">How many samples, 1 or more.</param>
    /// <param name="labelNoise">
    /// Probability, 0 to 1, that an answer or an attribute in a caption is wrong. For training only: refused on the other splits.
    /// </param>
    /// <param name="questions">The most questions in a conversation, 1 to 32. Small scenes have fewer.</param>
    /// <exception cref="UserError">An argument is out of its range, or labels are to be wrong outside the training split.</exception>
    public WorldDataset(
        ShapeWorld world, WorldSplit split, WorldContent content, int count, double labelNoise = 0, int questions = DefaultQuestions)
    {
        if (count < 1)
            throw new UserError($"the world's count must be 1 or more, not {count}");
        if (labelNoise is not (>= 0 and <= 1))
            throw new UserError($"the world's label_noise must be a probability from 0 to 1, not {labelNoise}");
        if (labelNoise > 0 && split != WorldSplit.Train)
            throw new UserError($"the world's label_noise is {labelNoise} on split {split.Word()}: only the train split may have wrong labels");
        if (questions is < 1 or > MaxQuestions)
            throw new UserError($"the world's questions for each image must be 1 to {MaxQuestions}, not {questions}");
        (World, Split, Content, Count) = (world, split, content, count);
        (this.labelNoise, this.questions) = (labelNoise, questions);
    }

    /// <summary>The world that the scenes are of.</summary>
    public ShapeWorld World { get; }

    /// <summary>The split that the scenes are of.</summary>
    public WorldSplit Split { get; }

    /// <summary>What the samples hold.</summary>
    public WorldContent Content { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Sample this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var scene = World.Scene(Split, index);
            var noise = new LabelNoise(labelNoise, World.Random(WorldStream.LabelNoise, Split, index));
            var exchanges = Exchanges(scene, noise);
            return Content == WorldContent.Text
                ? new Sample(scene.Name, [], Prompts.TextTurns(exchanges))
                : new Sample(scene.Name, [scene.ImageName], Prompts.Turns(exchanges));
        }
    }

    /// <inheritdoc/>
    public IEnumerator<Sample> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private List<(string Prompt, string Answer)> Exchanges(Scene scene, LabelNoise noise)
    {
        var random = World.Random(WorldStream.Questions, Split, scene.Index);
        var exchanges = new List<(string Prompt, string Answer)>();
        if (Content != WorldContent.Captions)
        {
            foreach (var question in QuestionSeries.About(scene, World.Statistics, questions, random))
                exchanges.Add((question.Text, noise.Answer(question)));
        }

        var caption = DescribeWith(noise, scene);
        if (Content == WorldContent.Text && random.Below(TextCaptions) > 0)
        {
            // Nobody could guess an unseen scene: the caption is given, and what is learnt is to read it.
            exchanges[0] = ($"{caption} {exchanges[0].Prompt}", exchanges[0].Answer);
        }
        else if (Content == WorldContent.Text)
        {
            exchanges.Insert(0, (WorldWords.DescribePrompt, caption)); // how captions are worded
        }
        else if (Content != WorldContent.Questions)
        {
            // Before the questions the caption gives answers away, after them it is given some: half of each.
            exchanges.Insert(random.Coin() ? 0 : exchanges.Count, (WorldWords.DescribePrompt, caption));
        }
        return exchanges;
    }

    private static string DescribeWith(LabelNoise noise, Scene scene) => Caption.Write([.. scene.Objects.Select(noise.Describe)]);
}
