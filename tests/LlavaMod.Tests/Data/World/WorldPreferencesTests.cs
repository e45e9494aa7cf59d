using LlavaMod.Data;
using LlavaMod.Data.World;

namespace LlavaMod.Tests.Data.World;

public class WorldPreferencesTests
{
    [Fact]
    public void The_rejected_caption_has_exactly_one_hallucination_and_the_chosen_one_none()
    {
        var world = new ShapeWorld(7);
        var (added, replaced) = (0, 0);
        var pairs = new WorldPreferences(world, WorldSplit.Train, 500);
        for (var i = 0; i < pairs.Count; i++)
        {
            var scene = world.Scene(WorldSplit.Train, i);
            pairs[i].Images.ShouldBe([scene.ImageName]);
            pairs[i].Chosen[0].ShouldBe(new Turn(Role.Human, "<image>\nDescribe the image."));
            pairs[i].Rejected[0].ShouldBe(pairs[i].Chosen[0]);
            pairs[i].Chosen[1].Text.ShouldBe(Caption.Of(scene));

            var rejected = ParsedCaption.Parse(pairs[i].Rejected[1].Text);
            rejected.WellFormed.ShouldBeTrue();
            var planted = rejected.Mentions.Where(mention => !scene.Shows(mention.Kind)).ShouldHaveSingleItem();
            planted.Kind.ShouldBe(pairs.Rejected(scene).Planted);
            var isTrue = rejected.Mentions.Where(mention => mention != planted);
            isTrue.ShouldBe(Caption.MentionsOf(scene).Where(isTrue.Contains)); // the rest is the truth, in order
            if (rejected.Mentions.Count > scene.Objects.Count)
            {
                added++;
            }
            else
            {
                replaced++;
                var misread = scene.Objects[rejected.Mentions.ToList().IndexOf(planted)].Kind;
                (misread.Colour == planted.Kind.Colour || misread.Shape == planted.Kind.Shape).ShouldBeTrue($"{misread} -> {planted.Kind}");
            }
            rejected.Mentions.Count.ShouldBeInRange(scene.Objects.Count, Math.Min(scene.Objects.Count + 1, 5));
        }

        added.ShouldBeInRange(150, 250); // half of the scenes that have room
        replaced.ShouldBe(500 - added);
    }
}
