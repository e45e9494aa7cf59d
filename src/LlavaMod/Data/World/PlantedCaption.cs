namespace LlavaMod.Data.World;

/// <summary>A caption with exactly one hallucination: one named kind of object that the scene does not show.</summary>
/// <param name="Text">The caption.</param>
/// <param name="Planted">The kind that is not there.</param>
public sealed record PlantedCaption(string Text, ObjectKind Planted)
{
    /// <summary>
    /// Plants an absent object in the true caption, in one of the two ways in which models go wrong: by coin one is added anywhere, as POPE would
    /// choose it, or one that is there is misread, in its colour or its shape. A caption of five objects is not added to, because no true
    /// caption is longer.
    /// </summary>
    internal static PlantedCaption In(Scene scene, WorldStatistics statistics, WorldRandom random)
    {
        var mentions = Caption.MentionsOf(scene).ToList();
        ObjectKind planted;
        if (mentions.Count < Scene.MaxObjects && random.Coin())
        {
            planted = AbsentKinds.Pick(scene, statistics, random);
            mentions.Insert(random.Below(mentions.Count + 1), new Mention(random.Coin() ? ObjectSize.Small : ObjectSize.Large, planted));
        }
        else
        {
            var place = random.Below(mentions.Count);
            planted = Misread(mentions[place].Kind, scene, random);
            mentions[place] = mentions[place] with { Kind = planted };
        }
        return new PlantedCaption(Caption.Write(mentions), planted);
    }

    // There are always some: a kind has seven such neighbours or more, and a scene shows four other kinds at most.
    private static ObjectKind Misread(ObjectKind kind, Scene scene, WorldRandom random) => random.Pick(
        ObjectKind.Seen.Where(other => (other.Colour == kind.Colour || other.Shape == kind.Shape) && !scene.Shows(other)).ToArray());
}
