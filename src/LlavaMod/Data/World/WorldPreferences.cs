using System.Collections;

namespace LlavaMod.Data.World;

/// <summary>
/// Preference pairs of the built-in world: "Describe the image." with the true caption chosen and the same caption with exactly one planted
/// hallucination rejected. Pair i is about scene i of the split.
/// </summary>
public sealed class WorldPreferences : IReadOnlyList<PreferencePair>
{
    /// <summary>Pairs about the first <paramref name="count"/> scenes of a split.</summary>
    /// <param name="world">The world.</param>
    /// <param name="split">The split.</param>
    /// <param name="count">How many pairs, 1 or more.</param>
    /// <exception cref="UserError">The count is below 1.</exception>
    public WorldPreferences(ShapeWorld world, WorldSplit split, int count)
    {
        if (count < 1)
            throw new UserError($"the world's count must be 1 or more, not {count}");
        (World, Split, Count) = (world, split, count);
    }

    /// <summary>The world that the scenes are of.</summary>
    public ShapeWorld World { get; }

    /// <summary>The split that the scenes are of.</summary>
    public WorldSplit Split { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public PreferencePair this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var scene = World.Scene(Split, index);
            return new PreferencePair(scene.Name, [scene.ImageName], Describe(Caption.Of(scene)), Describe(Rejected(scene).Text));
        }
    }

    /// <summary>The rejected caption of a scene, with what was planted in it.</summary>
    public PlantedCaption Rejected(Scene scene) =>
        PlantedCaption.In(scene, World.Statistics, World.Random(WorldStream.Preference, scene.Split, scene.Index));

    /// <inheritdoc/>
    public IEnumerator<PreferencePair> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static Turn[] Describe(string caption) => Prompts.Turns([(WorldWords.DescribePrompt, caption)]);
}
