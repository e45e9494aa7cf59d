namespace LlavaMod.Data.World;

/// <summary>A caption with exactly one hallucination: one named kind of object that the scene does not show.</summary>
/// <param name="Text">The caption.</param>
/// <param name="Planted">The kind that is not there.</param>
public sealed record PlantedCaption(string Text, ObjectKind Planted)
{
    /// <summary>
    /// Plants an absent object in the true caption: by coin added anywhere, or in the place of a true one, whose size it keeps. A caption of
    /// five objects is not added to, because no true caption is longer.
    /// </summary>
    internal static PlantedCaption In(Scene scene, WorldStatistics statistics, WorldRandom random)
    {
        var planted = AbsentKinds.Pick(scene, statistics, random);
        var mentions = Caption.MentionsOf(scene).ToList();
        if (mentions.Count < Scene.MaxObjects && random.Coin())
            mentions.Insert(random.Below(mentions.Count + 1), new Mention(random.Coin() ? ObjectSize.Small : ObjectSize.Large, planted));
        else
            Replace(mentions, random.Below(mentions.Count), planted);
        return new PlantedCaption(Caption.Write(mentions), planted);
    }

    private static void Replace(List<Mention> mentions, int place, ObjectKind kind) => mentions[place] = mentions[place] with { Kind = kind };
}
