namespace LlavaMod.Evaluation.World;

/// <summary>
/// CHAIR (Rohrbach et al. 2018) over captions. A caption without mentions hallucinates nothing: look at recall too.
/// </summary>
/// <param name="Count">How many captions.</param>
/// <param name="ChairS">CHAIR_s: share of captions with a hallucinated object.</param>
/// <param name="ChairI">CHAIR_i: hallucinated mentions / all mentions.</param>
/// <param name="Recall">Objects that are mentioned / all objects, over all captions.</param>
/// <param name="Mentions">All mentions.</param>
/// <param name="Malformed">Captions that are not of the form that the world writes; their mentions are counted all the same.</param>
public sealed record CaptionScores(int Count, double ChairS, double ChairI, double Recall, int Mentions, int Malformed)
{
    internal static CaptionScores Of(IReadOnlyCollection<NamedObjects> captions)
    {
        int mentions = captions.Sum(caption => caption.Mentions);
        return new CaptionScores(
            captions.Count,
            Ratio.Of(captions.Count(caption => caption.Absent > 0), captions.Count),
            Ratio.Of(captions.Sum(caption => caption.Absent), mentions),
            Ratio.Of(captions.Sum(caption => caption.Found), captions.Sum(caption => caption.Shown)),
            mentions,
            captions.Count(caption => !caption.WellFormed));
    }
}
