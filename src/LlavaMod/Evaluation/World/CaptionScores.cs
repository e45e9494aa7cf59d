using LlavaMod.Data.World;

namespace LlavaMod.Evaluation.World;

/// <summary>
/// CHAIR (Rohrbach et al. 2018) over captions; objects are colour-shape pairs, so a wrong colour or shape makes a hallucinated object and a
/// wrong size does not. A repeated mention counts each time, as in CHAIR. A caption without mentions hallucinates nothing: look at recall too.
/// </summary>
/// <param name="Count">How many captions.</param>
/// <param name="ChairS">CHAIR_s: share of captions with a hallucinated object.</param>
/// <param name="ChairI">CHAIR_i: hallucinated mentions / all mentions.</param>
/// <param name="Recall">Objects that are mentioned / all objects, over all captions.</param>
/// <param name="Mentions">All mentions.</param>
/// <param name="Malformed">Captions that are not of the form that the world writes; their mentions are counted all the same.</param>
public sealed record CaptionScores(int Count, double ChairS, double ChairI, double Recall, int Mentions, int Malformed)
{
    internal static CaptionScores Of(IReadOnlyCollection<(Scene Scene, string Text)> captions)
    {
        var (hallucinating, hallucinated, found, objects, mentions, malformed) = (0, 0, 0, 0, 0, 0);
        foreach (var (scene, text) in captions)
        {
            var caption = ParsedCaption.Parse(text);
            var absent = caption.Mentions.Count(mention => !scene.Shows(mention.Kind));
            hallucinating += absent > 0 ? 1 : 0;
            hallucinated += absent;
            found += scene.Objects.Count(item => caption.Mentions.Any(mention => mention.Kind == item.Kind));
            objects += scene.Objects.Count;
            mentions += caption.Mentions.Count;
            malformed += caption.WellFormed ? 0 : 1;
        }

        return new CaptionScores(
            captions.Count, Ratio.Of(hallucinating, captions.Count), Ratio.Of(hallucinated, mentions), Ratio.Of(found, objects), mentions, malformed);
    }
}
