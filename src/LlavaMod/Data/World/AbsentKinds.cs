namespace LlavaMod.Data.World;

/// <summary>Chooses a kind that a scene does not show. Held-out kinds are never chosen: training text must not even deny them.</summary>
internal static class AbsentKinds
{
    // POPE asks about the first three absent objects of its ranking.
    private const int Top = 3;

    private static readonly PopeSetting[] Settings = Enum.GetValues<PopeSetting>();

    /// <summary>An absent kind under a setting drawn uniformly.</summary>
    public static ObjectKind Pick(Scene scene, WorldStatistics statistics, WorldRandom random, uint avoid = 0) =>
        Pick(scene, statistics, random.Pick(Settings), random, avoid);

    /// <summary>An absent kind under a setting; kinds in the mask <paramref name="avoid"/> are passed over.</summary>
    public static ObjectKind Pick(Scene scene, WorldStatistics statistics, PopeSetting setting, WorldRandom random, uint avoid = 0)
    {
        Span<ObjectKind> absent = stackalloc ObjectKind[ObjectKind.Total];
        var count = 0;
        foreach (var kind in statistics.ByFrequency)
        {
            if (!scene.Shows(kind) && (avoid & kind.Bit) == 0)
                absent[count++] = kind;
        }

        absent = absent[..count];
        if (setting == PopeSetting.Random)
            return absent[random.Below(count)];
        if (setting == PopeSetting.Adversarial)
            SortByCompany(absent, scene, statistics);
        return absent[random.Below(Math.Min(Top, count))];
    }

    /// <summary>The kinds most often seen with the scene's objects first; ties stay in order of frequency.</summary>
    private static void SortByCompany(Span<ObjectKind> kinds, Scene scene, WorldStatistics statistics)
    {
        Span<int> keys = stackalloc int[kinds.Length];
        for (var i = 0; i < kinds.Length; i++)
        {
            var company = 0;
            foreach (var item in scene.Objects)
                company += statistics.CoOccurrence(kinds[i], item.Kind);
            keys[i] = (-company * ObjectKind.Total) + i;
        }

        keys.Sort(kinds);
    }
}
