using System.Security.Cryptography;
using System.Text;
using LlavaMod.Data.World;

namespace LlavaMod.Tests.Data.World;

public class ShapeWorldTests
{
    private readonly ShapeWorld world = new(seed: 1);

    [Fact]
    public void A_seed_gives_the_same_pictures_and_texts_on_every_machine()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var split in Enum.GetValues<WorldSplit>())
        {
            foreach (var content in Enum.GetValues<WorldContent>())
            {
                foreach (var turn in new WorldDataset(world, split, content, 20).SelectMany(sample => sample.Turns))
                    hash.AppendData(Encoding.UTF8.GetBytes(turn.Text));
            }

            for (var i = 0; i < 20; i++)
                hash.AppendData(world.Render(world.Scene(split, i)).Pixels);
        }

        foreach (var pair in new WorldPreferences(world, WorldSplit.Train, 20))
            hash.AppendData(Encoding.UTF8.GetBytes(pair.Rejected[1].Text));
        Convert.ToHexStringLower(hash.GetHashAndReset())[..16].ShouldBe("990fb5b564572f54");
    }

    [Fact]
    public void A_scene_does_not_depend_on_what_was_made_before_it()
    {
        var ahead = world.Scene(WorldSplit.Train, 77);
        for (var i = 0; i < 77; i++)
            world.Scene(WorldSplit.Train, i);
        Caption.Of(world.Scene(WorldSplit.Train, 77)).ShouldBe(Caption.Of(ahead));
        world.Render(world.Scene(WorldSplit.Train, 77)).Pixels.ShouldBe(new ShapeWorld(1).Render(ahead).Pixels);
    }

    [Fact]
    public void Another_seed_is_another_world()
    {
        var other = new ShapeWorld(seed: 2);
        var same = Enumerable.Range(0, 200).Count(i =>
            other.Scene(WorldSplit.Train, i).Fingerprint == world.Scene(WorldSplit.Train, i).Fingerprint);
        same.ShouldBeLessThan(3);
    }

    [Fact]
    public void No_arrangement_is_in_two_splits_whatever_the_seeds()
    {
        var other = new ShapeWorld(seed: 2);
        var train = Fingerprints(world, WorldSplit.Train);
        train.Overlaps(Fingerprints(world, WorldSplit.Validation)).ShouldBeFalse();
        train.Overlaps(Fingerprints(other, WorldSplit.Validation)).ShouldBeFalse();
        train.Overlaps(Fingerprints(other, WorldSplit.HeldOut)).ShouldBeFalse();
        Fingerprints(world, WorldSplit.Validation).Overlaps(Fingerprints(other, WorldSplit.HeldOut)).ShouldBeFalse();
    }

    [Fact]
    public void Scenes_hold_two_to_five_different_objects_in_reading_order_and_in_different_cells()
    {
        foreach (var scene in Scenes(WorldSplit.Train).Concat(Scenes(WorldSplit.HeldOut)))
        {
            scene.Objects.Count.ShouldBeInRange(2, 5);
            scene.Objects.Select(item => item.Kind).ShouldBeUnique();
            scene.Objects.Select(item => (item.Row * 3) + item.Column).ShouldBe(scene.Objects.Select(item => (item.Row * 3) + item.Column).Order().Distinct());
        }
    }

    [Fact]
    public void Held_out_kinds_are_in_every_held_out_scene_and_in_no_other()
    {
        Scenes(WorldSplit.HeldOut).ShouldAllBe(scene => scene.Objects.Any(item => item.Kind.IsHeldOut));
        Scenes(WorldSplit.Train).ShouldAllBe(scene => !scene.Objects.Any(item => item.Kind.IsHeldOut));
        Scenes(WorldSplit.Validation).ShouldAllBe(scene => !scene.Objects.Any(item => item.Kind.IsHeldOut));
    }

    [Fact]
    public void Every_seen_kind_occurs_in_training_and_so_does_each_colour_and_shape_of_the_held_out_ones()
    {
        var seen = Scenes(WorldSplit.Train).SelectMany(scene => scene.Objects).Select(item => item.Kind).ToHashSet();
        seen.ShouldBe(ObjectKind.Seen, ignoreOrder: true);
        ObjectKind.HeldOut.ShouldAllBe(kind => seen.Any(other => other.Colour == kind.Colour) && seen.Any(other => other.Shape == kind.Shape));
    }

    [Theory]
    [InlineData(55)]
    [InlineData(65)]
    public void An_image_size_out_of_range_is_refused(int size) =>
        Should.Throw<UserError>(() => new ShapeWorld(0, size)).Message.ShouldContain($"{size}");

    private IEnumerable<Scene> Scenes(WorldSplit split) => Enumerable.Range(0, 1000).Select(i => world.Scene(split, i));

    private static HashSet<ulong> Fingerprints(ShapeWorld world, WorldSplit split) =>
        [.. Enumerable.Range(0, 3000).Select(i => world.Scene(split, i).Fingerprint)];
}
