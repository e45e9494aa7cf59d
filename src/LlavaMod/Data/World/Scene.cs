namespace LlavaMod.Data.World;

/// <summary>The facts of one image: two to five objects of different kinds, in reading order (row by row, left to right).</summary>
public sealed class Scene
{
    internal const int MinObjects = 2;
    internal const int MaxObjects = 5;
    internal const int GridSide = 3;

    // One scene in eight is kept for validation.
    private const ulong ValidationShare = 8;

    private readonly uint kinds;

    internal Scene(WorldSplit split, long index, IReadOnlyList<SceneObject> objects, ulong grain)
    {
        (Split, Index, Objects, Grain) = (split, index, objects, grain);
        foreach (var item in objects)
            kinds |= item.Kind.Bit;
    }

    /// <summary>The split that the scene was drawn for.</summary>
    public WorldSplit Split { get; }

    /// <summary>Its number in that split.</summary>
    public long Index { get; }

    /// <summary>The objects, in reading order.</summary>
    public IReadOnlyList<SceneObject> Objects { get; }

    /// <summary>Seeds the background's tone and noise.</summary>
    internal ulong Grain { get; }

    /// <summary>Split and number: "train-000123".</summary>
    public string Name => $"{Split.Word()}-{Index:D6}";

    /// <summary>The name of its image: "train-000123.png".</summary>
    public string ImageName => Name + ".png";

    /// <summary>Whether an object of this kind is in the scene.</summary>
    public bool Shows(ObjectKind kind) => (kinds & kind.Bit) != 0;

    /// <summary>How many objects have this shape.</summary>
    public int Count(Shape shape)
    {
        var count = 0;
        foreach (var item in Objects)
            count += item.Kind.Shape == shape ? 1 : 0;
        return count;
    }

    /// <summary>How many objects have this colour.</summary>
    public int Count(Colour colour)
    {
        var count = 0;
        foreach (var item in Objects)
            count += item.Kind.Colour == colour ? 1 : 0;
        return count;
    }

    /// <summary>A hash of what is shown where (not of jitter or noise), the same for every seed and platform.</summary>
    public ulong Fingerprint => FingerprintOf(Objects);

    /// <summary>
    /// The one split that a set of objects belongs to: held_out if any kind is held out, otherwise validation for one fingerprint in eight
    /// and train for the rest.
    /// </summary>
    public static WorldSplit SplitOf(IReadOnlyList<SceneObject> objects)
    {
        foreach (var item in objects)
        {
            if (item.Kind.IsHeldOut)
                return WorldSplit.HeldOut;
        }

        return FingerprintOf(objects) % ValidationShare == 0 ? WorldSplit.Validation : WorldSplit.Train;
    }

    private static ulong FingerprintOf(IReadOnlyList<SceneObject> objects)
    {
        var hash = 0UL;
        foreach (var item in objects)
        {
            var cell = (item.Row * GridSide) + item.Column;
            hash = SplitMix64.Finish(hash + (ulong)((((item.Kind.Index * 2) + (int)item.Size) * GridSide * GridSide) + cell + 1));
        }

        return hash;
    }
}
