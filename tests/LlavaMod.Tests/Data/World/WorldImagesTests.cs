using LlavaMod.Data.World;

namespace LlavaMod.Tests.Data.World;

public class WorldImagesTests
{
    private readonly ShapeWorld world = new(8);

    [Fact]
    public void Every_image_that_a_sample_names_is_the_picture_of_its_scene()
    {
        using var images = new WorldImages(world, image => image.Pixels);
        foreach (var split in Enum.GetValues<WorldSplit>())
        {
            var name = new WorldDataset(world, split, WorldContent.Captions, 13)[12].Images[0];
            images.Contains(name).ShouldBeTrue();
            images.Draw(name).Pixels.ShouldBe(world.Render(world.Scene(split, 12)).Pixels);
            images.Read(name).ShouldBe(images.Draw(name).Pixels);
        }
    }

    [Theory]
    [InlineData("train-12.png")]
    [InlineData("train-0000012.png")]
    [InlineData("train--00012.png")]
    [InlineData("train-000012.jpg")]
    [InlineData("test-000012.png")]
    [InlineData("../train-000012.png")]
    [InlineData("train-99999999999999999999.png")]
    [InlineData("-.png")]
    [InlineData("")]
    public void Any_other_name_is_unknown(string name)
    {
        using var images = new WorldImages(world, image => image.Pixels);
        images.Contains(name).ShouldBeFalse();
        Should.Throw<UserError>(() => images.Read(name)).Message.ShouldContain($"'{name}'");
    }
}
