namespace LlavaMod.Data.World;

/// <summary>
/// How often each kind of object, and each pair of kinds, is seen in the first 4,096 training scenes: what POPE (Li et al. 2023) takes its
/// popular and adversarial questions from.
/// </summary>
public sealed class WorldStatistics
{
    internal const int SceneCount = 4096;

    private readonly int[] frequency = new int[ObjectKind.Total];
    private readonly int[] together = new int[ObjectKind.Total * ObjectKind.Total];

    internal WorldStatistics(ShapeWorld world)
    {
        for (var index = 0; index < SceneCount; index++)
            Add(world.Scene(WorldSplit.Train, index));
        ByFrequency = [.. ObjectKind.Seen.OrderByDescending(Frequency).ThenBy(kind => kind.Index)];
    }

    /// <summary>The kinds of the training scenes, the most frequent first.</summary>
    public IReadOnlyList<ObjectKind> ByFrequency { get; }

    /// <summary>In how many of the scenes the kind is seen.</summary>
    public int Frequency(ObjectKind kind) => frequency[kind.Index];

    /// <summary>In how many of the scenes both kinds are seen.</summary>
    public int CoOccurrence(ObjectKind one, ObjectKind other) => together[(one.Index * ObjectKind.Total) + other.Index];

    private void Add(Scene scene)
    {
        foreach (var one in scene.Objects)
        {
            frequency[one.Kind.Index]++;
            foreach (var other in scene.Objects)
                together[(one.Kind.Index * ObjectKind.Total) + other.Kind.Index]++;
        }
    }
}
