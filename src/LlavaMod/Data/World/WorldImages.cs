using LlavaMod.Data.Images;

namespace LlavaMod.Data.World;

/// <summary>
/// The world's pictures by name ("train-000123.png"), drawn when asked for. Training takes <see cref="Draw"/>, which skips the encoding.
/// </summary>
/// <param name="world">The world.</param>
/// <param name="encode">Makes the file's bytes of a picture.</param>
public sealed class WorldImages(ShapeWorld world, Func<RgbImage, byte[]> encode) : IDrawnImages
{
    private const string Extension = ".png";

    /// <inheritdoc/>
    public bool Contains(string name) => Find(name) is not null;

    /// <inheritdoc/>
    public byte[] Read(string name) => encode(Draw(name));

    /// <summary>The picture itself.</summary>
    /// <exception cref="UserError">Not a name of one of the world's pictures.</exception>
    public RgbImage Draw(string name) => Find(name) is { } scene
        ? world.Render(scene)
        : throw new UserError($"the world has no image '{name}': its images are named like train-000123.png, validation-000123.png, held_out-000123.png");

    /// <summary>Nothing is held.</summary>
    public void Dispose()
    {
    }

    private Scene? Find(string name)
    {
        var dash = name.LastIndexOf('-');
        if (dash < 0 || !name.EndsWith(Extension, StringComparison.Ordinal))
            return null;
        var split = WorldWords.Splits.ToList().IndexOf(name[..dash]);
        if (split < 0 || !long.TryParse(name.AsSpan((dash + 1)..^Extension.Length), out var index) || index < 0)
            return null;
        var scene = world.Scene((WorldSplit)split, index);
        return scene.ImageName == name ? scene : null; // one spelling for one picture
    }
}
