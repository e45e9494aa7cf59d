namespace LlavaMod.Data.Images;

/// <summary>A picture on a background, which is never drawn: padding a long picture to a square would need the memory of its longer side squared.</summary>
internal readonly record struct Canvas(RgbImage Image, int Width, int Height, int Left, int Top, byte Red, byte Green, byte Blue)
{
    /// <summary>The picture alone.</summary>
    public Canvas(RgbImage image)
        : this(image, image.Width, image.Height, 0, 0, 0, 0, 0)
    {
    }

    /// <summary>The picture in the middle of a square, half a pixel left or above of it where the difference is odd, as LLaVA pads.</summary>
    public static Canvas Square(RgbImage image, byte red, byte green, byte blue)
    {
        var side = Math.Max(image.Width, image.Height);
        return new Canvas(image, side, side, (side - image.Width) / 2, (side - image.Height) / 2, red, green, blue);
    }
}
