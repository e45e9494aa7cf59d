using LlavaMod.Data;
using LlavaMod.Data.World;

namespace LlavaMod.Tests.Data.World;

public class WorldDatasetTests
{
    private readonly ShapeWorld world = new(6);

    [Theory]
    [InlineData(WorldSplit.Train)]
    [InlineData(WorldSplit.Validation)]
    [InlineData(WorldSplit.HeldOut)]
    public void Every_answer_and_caption_agrees_with_the_facts(WorldSplit split)
    {
        foreach (var sample in new WorldDataset(world, split, WorldContent.Mixed, 500))
        {
            var scene = SceneOf(sample);
            foreach (var (prompt, answer) in Exchanges(sample))
                answer.ShouldBe(prompt == WorldWords.DescribePrompt ? Caption.Of(scene) : FactChecker.Answer(scene, prompt), prompt);
        }
    }

    [Fact]
    public void Yes_and_no_are_balanced_for_existence_and_for_each_relation()
    {
        var exchanges = new WorldDataset(world, WorldSplit.Train, WorldContent.Questions, 2000).SelectMany(Exchanges).ToArray();
        foreach (var words in new[] { "Is there", "left of", "right of", "above", "below" })
        {
            var answers = exchanges.Where(exchange => exchange.Prompt.Contains(words)).Select(exchange => exchange.Answer).ToArray();
            answers.Length.ShouldBeGreaterThan(500);
            ((double)answers.Count(answer => answer == "yes") / answers.Length).ShouldBe(0.5, tolerance: 0.05);
        }
    }

    [Fact]
    public void Conversations_mix_the_kinds_of_questions_and_no_answer_stands_in_an_earlier_turn()
    {
        foreach (var sample in new WorldDataset(world, WorldSplit.Train, WorldContent.Questions, 500))
        {
            var exchanges = Exchanges(sample).ToArray();
            exchanges.Length.ShouldBeInRange(2, WorldDataset.DefaultQuestions);
            exchanges.Select(exchange => exchange.Prompt).ShouldBeUnique();
            var told = "";
            foreach (var (prompt, answer) in exchanges)
            {
                var kind = prompt.StartsWith("Is there", StringComparison.Ordinal) ? string.Join(' ', prompt.TrimEnd('?').Split(' ')[^2..])
                    : prompt.StartsWith("What colour", StringComparison.Ordinal) ? $"{answer} {prompt.TrimEnd('?').Split(' ')[^1]}"
                    : prompt.StartsWith("What shape", StringComparison.Ordinal) ? $"{prompt.Split(' ')[^2]} {answer}"
                    : null;
                if (kind is not null)
                    told.ShouldNotContain(kind);
                told += $"{prompt} {kind}\n";
            }
        }

        var average = new WorldDataset(world, WorldSplit.Train, WorldContent.Questions, 500).Average(sample => sample.Turns.Count / 2);
        average.ShouldBeGreaterThan(6);
    }

    [Fact]
    public void Each_content_has_its_layout()
    {
        var captions = new WorldDataset(world, WorldSplit.Train, WorldContent.Captions, 3)[2];
        captions.Id.ShouldBe("train-000002");
        captions.Images.ShouldBe(["train-000002.png"]);
        captions.Turns.ShouldBe([
            new Turn(Role.Human, "<image>\nDescribe the image."),
            new Turn(Role.Assistant, Caption.Of(world.Scene(WorldSplit.Train, 2)))]);

        var questions = new WorldDataset(world, WorldSplit.HeldOut, WorldContent.Questions, 3)[1];
        questions.Images.ShouldBe(["held_out-000001.png"]);
        questions.Turns.Count(turn => turn.Text.Contains("<image>")).ShouldBe(1);
        questions.Turns[0].Text.ShouldStartWith("<image>\n");
        questions.Turns.Select(turn => turn.Role).ShouldBe(Enumerable.Range(0, questions.Turns.Count).Select(i => (Role)(i % 2)));

        var text = new WorldDataset(world, WorldSplit.Train, WorldContent.Text, 3)[2];
        text.Images.ShouldBeEmpty();
        text.Turns.ShouldAllBe(turn => !turn.Text.Contains("<image>"));
        string.Join(' ', text.Turns.Take(2).Select(turn => turn.Text)).ShouldContain(Caption.Of(world.Scene(WorldSplit.Train, 2)));
        text.Turns.Count.ShouldBeGreaterThan(4);
    }

    [Fact]
    public void Mixed_conversations_put_the_caption_first_as_often_as_last()
    {
        var first = new WorldDataset(world, WorldSplit.Train, WorldContent.Mixed, 1000)
            .Count(sample => sample.Turns[0].Text.Contains(WorldWords.DescribePrompt));
        first.ShouldBeInRange(430, 570);
    }

    [Fact]
    public void Training_text_names_no_held_out_kind_not_even_to_deny_it_or_by_noise()
    {
        var texts = new[] { WorldContent.Text, WorldContent.Mixed }
            .SelectMany(content => new WorldDataset(world, WorldSplit.Train, content, 1000, labelNoise: 0.5))
            .SelectMany(sample => sample.Turns).Select(turn => turn.Text)
            .Concat(new WorldPreferences(world, WorldSplit.Train, 1000).Select(pair => pair.Rejected[1].Text));
        foreach (var text in texts)
            ParsedCaption.Parse(text).Mentions.Any(mention => mention.Kind.IsHeldOut).ShouldBeFalse(text);
    }

    [Fact]
    public void Label_noise_changes_the_stated_share_of_answers_and_no_question()
    {
        var clean = new WorldDataset(world, WorldSplit.Train, WorldContent.Questions, 1000).SelectMany(Exchanges).ToArray();
        var noisy = new WorldDataset(world, WorldSplit.Train, WorldContent.Questions, 1000, labelNoise: 0.2).SelectMany(Exchanges).ToArray();
        noisy.Select(exchange => exchange.Prompt).ShouldBe(clean.Select(exchange => exchange.Prompt));
        noisy.Zip(clean).Average(pair => pair.First.Answer == pair.Second.Answer ? 0.0 : 1.0).ShouldBe(0.2, tolerance: 0.02);
        var again = new WorldDataset(world, WorldSplit.Train, WorldContent.Questions, 1000, labelNoise: 0.2).SelectMany(Exchanges);
        again.ShouldBe(noisy);
    }

    [Fact]
    public void Label_noise_changes_the_stated_share_of_caption_attributes()
    {
        var (attributes, wrong) = (0, 0);
        foreach (var sample in new WorldDataset(world, WorldSplit.Train, WorldContent.Captions, 1000, labelNoise: 0.1))
        {
            foreach (var (said, item) in ParsedCaption.Parse(sample.Turns[1].Text).Mentions.Zip(SceneOf(sample).Objects))
            {
                attributes += 3;
                wrong += (said.Size != item.Size ? 1 : 0) + (said.Kind.Colour != item.Kind.Colour ? 1 : 0) + (said.Kind.Shape != item.Kind.Shape ? 1 : 0);
            }
        }

        ((double)wrong / attributes).ShouldBe(0.1, tolerance: 0.01);
    }

    [Fact]
    public void What_cannot_be_made_is_refused()
    {
        Should.Throw<UserError>(() => new WorldDataset(world, WorldSplit.Train, WorldContent.Text, 0)).Message.ShouldContain("not 0");
        Should.Throw<UserError>(() => new WorldDataset(world, WorldSplit.Train, WorldContent.Text, 1, labelNoise: double.NaN));
        Should.Throw<UserError>(() => new WorldDataset(world, WorldSplit.Train, WorldContent.Text, 1, labelNoise: 1.1));
        Should.Throw<UserError>(() => new WorldDataset(world, WorldSplit.HeldOut, WorldContent.Text, 1, labelNoise: 0.1)).Message.ShouldContain("held_out");
        Should.Throw<UserError>(() => new WorldDataset(world, WorldSplit.Train, WorldContent.Text, 1, questions: 0));
        Should.Throw<UserError>(() => new WorldPreferences(world, WorldSplit.Train, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => new WorldDataset(world, WorldSplit.Train, WorldContent.Text, 5)[5]);
    }

    private Scene SceneOf(Sample sample) => world.Scene(
        (WorldSplit)WorldWords.Splits.ToList().IndexOf(sample.Id[..sample.Id.LastIndexOf('-')]), long.Parse(sample.Id[(sample.Id.LastIndexOf('-') + 1)..]));

    private static IEnumerable<(string Prompt, string Answer)> Exchanges(Sample sample) =>
        sample.Turns.Chunk(2).Select(pair => (pair[0].Text.Replace("<image>\n", ""), pair[1].Text));
}
