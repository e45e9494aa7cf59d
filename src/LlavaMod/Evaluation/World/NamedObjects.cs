using LlavaMod.Data.World;

namespace LlavaMod.Evaluation.World;

/// <summary>The objects that one caption names. Objects are colour-shape pairs: a wrong size is no wrong object.</summary>
/// <param name="Mentions">Objects named; a repeated mention counts each time, as in CHAIR.</param>
/// <param name="Absent">Of them, those that the scene does not show.</param>
/// <param name="Found">The scene's objects that are named.</param>
/// <param name="Shown">The scene's objects.</param>
/// <param name="WellFormed">Whether the caption is of the form that the world writes.</param>
public sealed record NamedObjects(int Mentions, int Absent, int Found, int Shown, bool WellFormed)
{
    internal static NamedObjects In(string text, Scene scene)
    {
        var caption = ParsedCaption.Parse(text);
        return new NamedObjects(
            caption.Mentions.Count,
            caption.Mentions.Count(mention => !scene.Shows(mention.Kind)),
            scene.Objects.Count(item => caption.Mentions.Any(mention => mention.Kind == item.Kind)),
            scene.Objects.Count,
            caption.WellFormed);
    }
}
