using System.Text;

namespace LlavaMod.Data.World;

/// <summary>
/// Captions: "A large red circle, a small blue square and a small green cross." They name every object in reading order, so a caption is a
/// function of the scene.
/// </summary>
public static class Caption
{
    /// <summary>The true caption of a scene.</summary>
    public static string Of(Scene scene) => Write(MentionsOf(scene));

    /// <summary>What the true caption names.</summary>
    public static Mention[] MentionsOf(Scene scene) => [.. scene.Objects.Select(item => new Mention(item.Size, item.Kind))];

    /// <summary>A caption that names these objects in this order; at least one.</summary>
    public static string Write(IReadOnlyList<Mention> mentions)
    {
        ArgumentOutOfRangeException.ThrowIfZero(mentions.Count, nameof(mentions));
        var text = new StringBuilder(32 * mentions.Count);
        for (var i = 0; i < mentions.Count; i++)
        {
            text.Append(i == 0 ? "A" : i == mentions.Count - 1 ? " and a" : ", a");
            text.Append(mentions[i] is { Size: null, Kind.Colour: Colour.Orange } ? "n " : " ").Append(mentions[i]);
        }

        return text.Append('.').ToString();
    }
}
