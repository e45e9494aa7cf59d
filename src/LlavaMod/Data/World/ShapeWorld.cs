using LlavaMod.Data.Images;

namespace LlavaMod.Data.World;

/// <summary>
/// The built-in world: an endless supply of small pictures of coloured shapes whose facts are known, so that captions, questions and
/// preference pairs need no annotator and evaluation no judge. Everything is a pure function of (seed, split, index); nothing is stored, and
/// any scene can be made in any order on any thread.
/// </summary>
public sealed class ShapeWorld
{
    /// <summary>Smallest and default image side in pixels.</summary>
    public const int MinImageSize = 56;

    /// <summary>Largest image side in pixels.</summary>
    public const int MaxImageSize = 64;

    private readonly Lazy<WorldStatistics> statistics;

    /// <summary>A world.</summary>
    /// <param name="seed">Any number; the same seed gives the same world everywhere.</param>
    /// <param name="imageSize">Side of the square images, in pixels: 56 to 64.</param>
    /// <exception cref="UserError">The image size is out of range.</exception>
    public ShapeWorld(long seed, int imageSize = MinImageSize)
    {
        if (imageSize is < MinImageSize or > MaxImageSize)
            throw new UserError($"the world draws images of {MinImageSize} to {MaxImageSize} pixels, not {imageSize}: choose a size in that range");
        (Seed, ImageSize) = (seed, imageSize);
        statistics = new Lazy<WorldStatistics>(() => new WorldStatistics(this));
    }

    /// <summary>The seed.</summary>
    public long Seed { get; }

    /// <summary>Side of the images in pixels.</summary>
    public int ImageSize { get; }

    /// <summary>How often kinds are seen, alone and together, in the training scenes; counted at first use (some milliseconds).</summary>
    public WorldStatistics Statistics => statistics.Value;

    /// <summary>The facts of scene <paramref name="index"/> (0 or more) of a split.</summary>
    public Scene Scene(WorldSplit split, long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return SceneSampler.Draw(Seed, split, index);
    }

    /// <summary>The picture of a scene, <see cref="ImageSize"/> pixels a side.</summary>
    public RgbImage Render(Scene scene) => SceneRenderer.Render(scene, ImageSize);

    internal WorldRandom Random(WorldStream stream, WorldSplit split, long index) => new(Seed, stream, split, index);
}
