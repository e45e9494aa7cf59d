namespace LlavaMod.Data.World;

/// <summary>The closed vocabulary of the world's texts, indexed by enum value.</summary>
public static class WorldWords
{
    private static readonly string[] ShapeWords = ["circle", "square", "triangle", "cross", "diamond"];
    private static readonly string[] ShapePlurals = ["circles", "squares", "triangles", "crosses", "diamonds"];
    private static readonly string[] ColourWords = ["red", "green", "blue", "yellow", "purple", "orange"];
    private static readonly string[] SizeWords = ["small", "large"];
    private static readonly string[] NumberWords = ["zero", "one", "two", "three", "four", "five"];
    private static readonly string[] SplitWords = ["train", "validation", "held_out"];
    private static readonly string[] YesNoWords = ["no", "yes"];

    /// <summary>Every shape's word, in enum order.</summary>
    public static IReadOnlyList<string> Shapes => ShapeWords;

    /// <summary>Every colour's word, in enum order.</summary>
    public static IReadOnlyList<string> Colours => ColourWords;

    /// <summary>Both sizes' words, in enum order.</summary>
    public static IReadOnlyList<string> Sizes => SizeWords;

    /// <summary>zero to five, the answers to a question of count.</summary>
    public static IReadOnlyList<string> Numbers => NumberWords;

    /// <summary>The splits as recipes and image names write them, in enum order.</summary>
    public static IReadOnlyList<string> Splits => SplitWords;

    /// <summary>"no" and "yes".</summary>
    public static IReadOnlyList<string> YesNo => YesNoWords;

    /// <summary>The prompt of a caption, without the image placeholder.</summary>
    public const string DescribePrompt = "Describe the image.";

    /// <summary>The shape's word: "circle".</summary>
    public static string Word(this Shape shape) => ShapeWords[(int)shape];

    /// <summary>The shape's plural: "circles".</summary>
    public static string Plural(this Shape shape) => ShapePlurals[(int)shape];

    /// <summary>The colour's word: "red".</summary>
    public static string Word(this Colour colour) => ColourWords[(int)colour];

    /// <summary>The size's word: "small".</summary>
    public static string Word(this ObjectSize size) => SizeWords[(int)size];

    /// <summary>The split's name: "held_out".</summary>
    public static string Word(this WorldSplit split) => SplitWords[(int)split];

    internal static string YesOrNo(bool yes) => YesNoWords[yes ? 1 : 0];
}
