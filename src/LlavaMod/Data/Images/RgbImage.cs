namespace LlavaMod.Data.Images;

/// <summary>A decoded picture: 8-bit RGB, row by row, three bytes a pixel (HWC).</summary>
public sealed record RgbImage(int Width, int Height, byte[] Pixels);
