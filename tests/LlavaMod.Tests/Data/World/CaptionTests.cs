using LlavaMod.Data.World;

namespace LlavaMod.Tests.Data.World;

public class CaptionTests
{
    [Fact]
    public void A_caption_reads_back_as_exactly_the_objects_of_its_scene()
    {
        var world = new ShapeWorld(5);
        for (var i = 0; i < 500; i++)
        {
            var scene = world.Scene(i % 2 == 0 ? WorldSplit.Train : WorldSplit.HeldOut, i);
            var parsed = ParsedCaption.Parse(Caption.Of(scene));
            parsed.WellFormed.ShouldBeTrue();
            parsed.Mentions.ShouldBe(scene.Objects.Select(item => new Mention(item.Size, item.Kind)));
        }
    }

    [Fact]
    public void A_caption_is_a_sentence()
    {
        Mention one = new(ObjectSize.Large, new(Colour.Red, Shape.Circle));
        Mention two = new(ObjectSize.Small, new(Colour.Orange, Shape.Cross));
        Mention bare = new(null, new(Colour.Orange, Shape.Diamond));
        Caption.Write([one]).ShouldBe("A large red circle.");
        Caption.Write([one, two, bare]).ShouldBe("A large red circle, a small orange cross and an orange diamond.");
    }

    [Theory]
    [InlineData("a LARGE red Circle.", 1, true)]
    [InlineData(" A large red circle.\n", 1, true)]
    [InlineData("An orange cross and a red circle.", 2, true)]
    [InlineData("A large red circle", 1, false)]
    [InlineData("There are two red circles, and green crosses!", 2, false)]
    [InlineData("A red thing and a circle. A circle red.", 0, false)]
    [InlineData("A large red circle and a small", 1, false)]
    [InlineData("red circle red circle red circle", 3, false)]
    [InlineData("", 0, false)]
    [InlineData("circle", 0, false)]
    public void Mentions_are_found_in_any_text_and_only_captions_are_well_formed(string text, int mentions, bool wellFormed)
    {
        var parsed = ParsedCaption.Parse(text);
        parsed.Mentions.Count.ShouldBe(mentions);
        parsed.WellFormed.ShouldBe(wellFormed);
    }
}
