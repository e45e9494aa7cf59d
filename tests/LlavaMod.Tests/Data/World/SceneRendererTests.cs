using LlavaMod.Data.Images;
using LlavaMod.Data.World;

namespace LlavaMod.Tests.Data.World;

public class SceneRendererTests
{
    [Theory]
    [InlineData(56)]
    [InlineData(60)]
    [InlineData(64)]
    public void Every_object_has_its_exact_colour_at_its_centre(int side)
    {
        var world = new ShapeWorld(3, side);
        for (var i = 0; i < 300; i++)
        {
            var scene = world.Scene(WorldSplit.Train, i);
            var image = world.Render(scene);
            (image.Width, image.Height, image.Pixels.Length).ShouldBe((side, side, side * side * 3));
            foreach (var item in scene.Objects)
                Pixel(image, (int)(item.X * side), (int)(item.Y * side)).ShouldBe(SceneRenderer.Rgb(item.Kind.Colour));
        }
    }

    [Fact]
    public void Objects_stay_inside_their_cells_so_they_never_touch()
    {
        const int side = 56;
        var world = new ShapeWorld(4, side);
        for (var i = 0; i < 300; i++)
        {
            foreach (var item in world.Scene(WorldSplit.Train, i).Objects)
            {
                var radius = item.Size == ObjectSize.Large ? 8.0 : 5.0;
                ((item.X * side) - radius).ShouldBeGreaterThan(item.Column * side / 3.0);
                ((item.X * side) + radius).ShouldBeLessThan((item.Column + 1) * side / 3.0);
                ((item.Y * side) - radius).ShouldBeGreaterThan(item.Row * side / 3.0);
                ((item.Y * side) + radius).ShouldBeLessThan((item.Row + 1) * side / 3.0);
            }
        }
    }

    [Fact]
    public void Shapes_of_one_size_cover_areas_that_tell_them_apart_and_a_large_one_more_than_a_small_one()
    {
        var areas = Enum.GetValues<Shape>().Select(shape => (Large: Area(shape, ObjectSize.Large), Small: Area(shape, ObjectSize.Small))).ToArray();
        areas.ShouldAllBe(area => area.Large > 2 * area.Small);
        // disc pi r^2; square (7r/4)^2; triangle 1.8 r^2; plus 20/9 r^2; rhombus 1.5 r^2, at r = 8
        double[] expected = [Math.PI * 64, 49 * 4, 1.8 * 64, 20 / 9.0 * 64, 1.5 * 64];
        for (var i = 0; i < areas.Length; i++)
            areas[i].Large.ShouldBe(expected[i], tolerance: 0.06 * expected[i]);
    }

    /// <summary>Pixels covered, partial ones in part, read off the red channel of a yellow object.</summary>
    private static double Area(Shape shape, ObjectSize size)
    {
        SceneObject item = new(new ObjectKind(Colour.Yellow, shape), size, 1, 1, 0.5, 0.5);
        var image = SceneRenderer.Render(new Scene(WorldSplit.Train, 0, [item], 5), 56);
        var empty = SceneRenderer.Render(new Scene(WorldSplit.Train, 0, [], 5), 56);
        var full = SceneRenderer.Rgb(Colour.Yellow).R;
        var area = 0.0;
        for (var i = 0; i < image.Pixels.Length; i += 3)
            area += (double)(image.Pixels[i] - empty.Pixels[i]) / (full - empty.Pixels[i]);
        return area;
    }

    private static (byte R, byte G, byte B) Pixel(RgbImage image, int x, int y)
    {
        var at = ((y * image.Width) + x) * 3;
        return (image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]);
    }
}
