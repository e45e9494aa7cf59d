using LlavaMod.Data.Images;

namespace LlavaMod.Data.World;

/// <summary>
/// Draws a scene: one flat colour per object, edges smoothed by 4 x 4 supersampling, on a dark plain background with a little noise.
/// Integer arithmetic on a grid of 1/16 pixel, so that the bytes are the same on every machine.
/// </summary>
public static class SceneRenderer
{
    private const int Unit = 16; // sub-units a pixel
    private const int SamplesPerSide = 4;
    private const int SampleStep = Unit / SamplesPerSide;
    private const int SampleCount = SamplesPerSide * SamplesPerSide;

    /// <summary>Least distance of an object from its cell's border, as a fraction of the image's side: half a pixel of 56.</summary>
    internal const double Margin = 0.5 / 56;

    // By enum value: red, green, blue, yellow, purple, orange.
    private static readonly (byte R, byte G, byte B)[] Palette =
        [(225, 35, 40), (40, 175, 70), (45, 95, 240), (250, 225, 45), (170, 70, 215), (250, 135, 20)];

    /// <summary>The exact RGB of an object's inner pixels.</summary>
    public static (byte R, byte G, byte B) Rgb(Colour colour) => Palette[(int)colour];

    /// <summary>Half of an object's extent, as a fraction of the image's side.</summary>
    internal static double RadiusOf(ObjectSize size) => (size == ObjectSize.Large ? 8.0 : 5.0) / 56;

    /// <summary>Draws the scene on a square image of <paramref name="side"/> pixels.</summary>
    public static RgbImage Render(Scene scene, int side)
    {
        var pixels = new byte[side * side * 3];
        PaintBackground(pixels, scene.Grain);
        foreach (var item in scene.Objects)
            Paint(pixels, side, item);
        return new RgbImage(side, side, pixels);
    }

    /// <summary>A grey of 24 to 55 for the whole scene, and noise of 0 to 15 for each channel.</summary>
    private static void PaintBackground(Span<byte> pixels, ulong grain)
    {
        var random = new WorldRandom(grain);
        var tone = 24 + random.Below(32);
        var bits = 0UL;
        for (var i = 0; i < pixels.Length; i++)
        {
            bits = i % 16 == 0 ? random.Next() : bits >> 4; // sixteen draws of four bits
            pixels[i] = (byte)(tone + (int)(bits & 15));
        }
    }

    private static void Paint(Span<byte> pixels, int side, SceneObject item)
    {
        var radius = (int)(RadiusOf(item.Size) * side * Unit);
        var (centreX, centreY) = ((int)(item.X * side * Unit), (int)(item.Y * side * Unit));
        var rgb = Palette[(int)item.Kind.Colour];
        for (var y = (centreY - radius) / Unit; y <= (centreY + radius) / Unit; y++)
        {
            for (var x = (centreX - radius) / Unit; x <= (centreX + radius) / Unit; x++)
            {
                var covered = Covered(item.Kind.Shape, (x * Unit) - centreX, (y * Unit) - centreY, radius);
                if (covered > 0)
                    Blend(pixels.Slice(((y * side) + x) * 3, 3), rgb, covered);
            }
        }
    }

    /// <summary>How many of a pixel's 16 sample points the shape covers; (left, top) is the pixel's corner seen from the centre.</summary>
    private static int Covered(Shape shape, int left, int top, int radius)
    {
        var covered = 0;
        for (var y = top + (SampleStep / 2); y < top + Unit; y += SampleStep)
        {
            for (var x = left + (SampleStep / 2); x < left + Unit; x += SampleStep)
                covered += Contains(shape, x, y, radius) ? 1 : 0;
        }

        return covered;
    }

    /// <summary>Whether a point, seen from the centre with y downwards, lies in a shape of this radius.</summary>
    private static bool Contains(Shape shape, int x, int y, int radius)
    {
        var (across, down) = (Math.Abs(x), Math.Abs(y));
        return shape switch
        {
            Shape.Circle => (x * x) + (y * y) <= radius * radius,
            Shape.Square => 8 * Math.Max(across, down) <= 7 * radius,
            Shape.Triangle => 5 * y <= 4 * radius && 9 * across <= 5 * (y + radius), // apex at -r, base of 2r at 0.8 r
            Shape.Cross => Math.Max(across, down) <= radius && 3 * Math.Min(across, down) <= radius,
            Shape.Diamond => (4 * across) + (3 * down) <= 3 * radius,
            _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, null),
        };
    }

    private static void Blend(Span<byte> pixel, (byte R, byte G, byte B) rgb, int covered)
    {
        pixel[0] = Mix(pixel[0], rgb.R, covered);
        pixel[1] = Mix(pixel[1], rgb.G, covered);
        pixel[2] = Mix(pixel[2], rgb.B, covered);
    }

    private static byte Mix(byte under, byte over, int covered) =>
        (byte)(((under * (SampleCount - covered)) + (over * covered) + (SampleCount / 2)) / SampleCount);
}
