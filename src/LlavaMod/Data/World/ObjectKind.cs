namespace LlavaMod.Data.World;

/// <summary>
/// A kind of object: a colour-shape pair. It is what POPE asks about and what CHAIR counts; "a red circle" in a caption of a scene without
/// one is a hallucination. Sizes are not part of it.
/// </summary>
public readonly record struct ObjectKind(Colour Colour, Shape Shape)
{
    /// <summary>How many kinds there are: 6 colours x 5 shapes.</summary>
    public const int Total = ColourCount * ShapeCount;

    internal const int ColourCount = 6;
    internal const int ShapeCount = 5;

    private static readonly ObjectKind[] AllKinds = [.. Enumerable.Range(0, Total).Select(FromIndex)];

    // Five of thirty, one a shape and at most one a colour, so that every colour and every shape is still seen in training.
    private static readonly ObjectKind[] HeldOutKinds =
    [
        new(Colour.Red, Shape.Cross), new(Colour.Green, Shape.Triangle), new(Colour.Blue, Shape.Circle),
        new(Colour.Yellow, Shape.Diamond), new(Colour.Purple, Shape.Square),
    ];

    private static readonly ObjectKind[] SeenKinds = [.. AllKinds.Except(HeldOutKinds)];
    private static readonly string[] Names = [.. AllKinds.Select(kind => $"{kind.Colour.Word()} {kind.Shape.Word()}")];
    private static readonly uint HeldOutMask = HeldOutKinds.Aggregate(0u, (mask, kind) => mask | kind.Bit);

    /// <summary>Every kind, by <see cref="Index"/>.</summary>
    public static IReadOnlyList<ObjectKind> All => AllKinds;

    /// <summary>The kinds of the compositional split: fixed, and the same for every seed.</summary>
    public static IReadOnlyList<ObjectKind> HeldOut => HeldOutKinds;

    /// <summary>The kinds that training and validation scenes are made of.</summary>
    public static IReadOnlyList<ObjectKind> Seen => SeenKinds;

    /// <summary>0 to <see cref="Total"/> - 1: colour-major.</summary>
    public int Index => ((int)Colour * ShapeCount) + (int)Shape;

    /// <summary>Whether the kind is one of <see cref="HeldOut"/>.</summary>
    public bool IsHeldOut => (Bit & HeldOutMask) != 0;

    internal uint Bit => 1u << Index;

    /// <summary>The two words of a text: "red circle".</summary>
    public override string ToString() => Names[Index];

    /// <summary>The words with their article: "an orange circle".</summary>
    internal string WithArticle() => Colour == Colour.Orange ? $"an {this}" : $"a {this}";

    private static ObjectKind FromIndex(int index) => new((Colour)(index / ShapeCount), (Shape)(index % ShapeCount));
}
