namespace LlavaMod.Data.World;

/// <summary>What a text says about a scene, read back from words that a model wrote.</summary>
/// <param name="Mentions">Every "[small|large] colour shape(s)" in the text, in order, repetitions included.</param>
/// <param name="WellFormed">Whether the text is exactly a caption as <see cref="Caption.Write"/> writes them, up to case and outer white space.</param>
public sealed record ParsedCaption(IReadOnlyList<Mention> Mentions, bool WellFormed)
{
    private static readonly Dictionary<string, Colour> Colours = Enum.GetValues<Colour>().ToDictionary(WorldWords.Word);
    private static readonly Dictionary<string, ObjectSize> Sizes = Enum.GetValues<ObjectSize>().ToDictionary(WorldWords.Word);
    private static readonly Dictionary<string, Shape> Shapes = Enum.GetValues<Shape>()
        .SelectMany(shape => new[] { (Word: shape.Word(), shape), (Word: shape.Plural(), shape) })
        .ToDictionary(pair => pair.Word, pair => pair.shape);

    /// <summary>
    /// Finds the mentions of any text; never fails. A colour without a shape right after it ("a red thing") is not a mention.
    /// </summary>
    public static ParsedCaption Parse(string text)
    {
        var words = Words(text);
        var mentions = new List<Mention>();
        for (var i = 1; i < words.Count; i++)
        {
            if (!Shapes.TryGetValue(words[i], out var shape) || !Colours.TryGetValue(words[i - 1], out var colour))
                continue;
            ObjectSize? size = i > 1 && Sizes.TryGetValue(words[i - 2], out var named) ? named : null;
            mentions.Add(new Mention(size, new ObjectKind(colour, shape)));
        }

        var canonical = mentions.Count > 0 && text.Trim().Equals(Caption.Write(mentions), StringComparison.OrdinalIgnoreCase);
        return new ParsedCaption(mentions, canonical);
    }

    /// <summary>The runs of ASCII letters, in lower case.</summary>
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        for (var start = 0; start < text.Length; start++)
        {
            var end = start;
            while (end < text.Length && char.IsAsciiLetter(text[end]))
                end++;
            if (end > start)
                words.Add(text[start..end].ToLowerInvariant());
            start = end;
        }

        return words;
    }
}
