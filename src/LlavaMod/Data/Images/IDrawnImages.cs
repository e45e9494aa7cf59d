namespace LlavaMod.Data.Images;

/// <summary>Images that exist as pixels already, so that encoding and decoding them would be a detour.</summary>
public interface IDrawnImages : IImageSource
{
    /// <summary>The picture of a name.</summary>
    /// <exception cref="UserError">No such image.</exception>
    RgbImage Draw(string name);
}
