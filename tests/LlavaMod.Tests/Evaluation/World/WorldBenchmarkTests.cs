using LlavaMod.Data.World;
using LlavaMod.Evaluation.World;
using LlavaMod.Tests.Data.World;

namespace LlavaMod.Tests.Evaluation.World;

public class WorldBenchmarkTests
{
    private readonly WorldBenchmark benchmark = new(count: 100, seed: 11);

    [Fact]
    public void The_counts_are_as_stated_and_ids_are_unique()
    {
        benchmark.Items.CountBy(item => item.Part).ToDictionary().ShouldBe(new Dictionary<WorldPart, int>
        {
            [WorldPart.Question] = 500, [WorldPart.Composition] = 100, [WorldPart.Pope] = 400, [WorldPart.Caption] = 100,
        }, ignoreOrder: true);
        benchmark.Items.Select(item => item.Id).ShouldBeUnique();
        new WorldBenchmark(7, 11).Items.Count(item => item.Part == WorldPart.Composition).ShouldBe(7);
    }

    [Fact]
    public void The_same_count_and_seed_give_the_same_items() =>
        new WorldBenchmark(100, 11).Items.Select(item => $"{item.Id} {item.Prompt[0].Text} {item.Reference}")
            .ShouldBe(benchmark.Items.Select(item => $"{item.Id} {item.Prompt[0].Text} {item.Reference}"));

    [Fact]
    public void Every_reference_agrees_with_the_facts_and_every_prompt_shows_the_image_once()
    {
        foreach (var item in benchmark.Items)
        {
            var prompt = item.Prompt.ShouldHaveSingleItem().Text;
            prompt.ShouldStartWith("<image>\n");
            item.Reference.ShouldBe(item.Kind is null ? Caption.Of(item.Scene) : FactChecker.Answer(item.Scene, prompt[8..]), item.Id);
        }
    }

    [Fact]
    public void Yes_and_no_are_balanced_in_every_part()
    {
        var groups = benchmark.Items.Where(item => item.Part != WorldPart.Pope && item.Reference is "yes" or "no").GroupBy(item => (item.Part, item.Kind));
        groups.Count().ShouldBe(4);
        foreach (var group in groups)
            (2 * group.Count(item => item.Reference == "yes") - group.Count()).ShouldBeInRange(0, 1);
        foreach (var setting in Enum.GetValues<PopeSetting>())
            benchmark.Items.Where(item => item.Setting == setting).Select(item => item.Reference).ShouldBe(Enumerable.Repeat("no", 100));
        benchmark.Items.Count(item => item.Part == WorldPart.Pope && item.Reference == "yes").ShouldBe(100);
    }

    [Fact]
    public void Compositions_are_asked_about_held_out_kinds_and_nothing_else_is()
    {
        foreach (var item in benchmark.Items)
        {
            item.Scene.Split.ShouldBe(item.Part == WorldPart.Composition ? WorldSplit.HeldOut : WorldSplit.Validation);
            var isHeldOut = ParsedCaption.Parse($"{item.Prompt[0].Text} {item.Reference}").Mentions.Any(mention => mention.Kind.IsHeldOut)
                || IsToldByAnswer(item);
            isHeldOut.ShouldBe(item.Part == WorldPart.Composition, item.Id);
        }
    }

    [Fact]
    public void Popular_questions_name_frequent_kinds_and_adversarial_ones_kinds_that_share_a_colour_or_a_shape()
    {
        var frequent = benchmark.World.Statistics.ByFrequency.Take(8).ToHashSet(); // three absent ones, with at most five present
        Asked(PopeSetting.Popular).ShouldAllBe(pair => frequent.Contains(pair.Kind));
        double Sharing(PopeSetting setting) => Asked(setting).Average(pair =>
            pair.Scene.Objects.Count(item => item.Kind.Colour == pair.Kind.Colour || item.Kind.Shape == pair.Kind.Shape));
        Sharing(PopeSetting.Adversarial).ShouldBeGreaterThan(1.5 * Sharing(PopeSetting.Random));
        Asked(PopeSetting.Random).Select(pair => pair.Kind).Distinct().Count().ShouldBeGreaterThan(20);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(WorldBenchmark.MaxCount + 1)]
    public void A_count_out_of_range_is_refused(int count) =>
        Should.Throw<UserError>(() => new WorldBenchmark(count, 0)).Message.ShouldContain($"{count}");

    private (Scene Scene, ObjectKind Kind)[] Asked(PopeSetting setting) => [.. benchmark.Items.Where(item => item.Setting == setting)
        .Select(item => (item.Scene, ParsedCaption.Parse(item.Prompt[0].Text).Mentions.Single().Kind))];

    /// <summary>"What colour is the circle?" blue: the kind is in question and answer together.</summary>
    private static bool IsToldByAnswer(WorldItem item) => item.Kind switch
    {
        QuestionKind.Colour => ParsedCaption.Parse($"{item.Reference} {item.Prompt[0].Text.TrimEnd('?').Split(' ')[^1]}").Mentions.Single().Kind.IsHeldOut,
        QuestionKind.Shape => ParsedCaption.Parse($"{item.Prompt[0].Text.Split(' ')[^2]} {item.Reference}").Mentions.Single().Kind.IsHeldOut,
        _ => false,
    };
}
