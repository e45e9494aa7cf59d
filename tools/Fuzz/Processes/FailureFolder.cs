namespace LlavaMod.Fuzz.Processes;

/// <summary>Keeps failing mutants as files, a few of each kind, with what is known and the command that tries them again.</summary>
internal sealed class FailureFolder(string folder)
{
    private const int KeptOfAKind = 3;

    private readonly Dictionary<(string Target, string Kind), int> counts = [];

    /// <summary>How often each kind was seen.</summary>
    public IReadOnlyDictionary<(string Target, string Kind), int> Counts => counts;

    /// <summary>Keeps a mutant, unless there are enough of its kind.</summary>
    /// <returns>Where it is; null where it was not kept.</returns>
    public string? Add(Failure failure)
    {
        var key = (failure.Target.Name, failure.Kind);
        counts[key] = counts.GetValueOrDefault(key) + 1;
        if (counts[key] > KeptOfAKind)
            return null;
        var specimen = failure.Specimen;
        var place = Path.Combine(folder, $"{failure.Target.Name}-{failure.Seed}-{failure.Number}");
        specimen.WriteTo(place);
        var mutant = specimen.Files.Count == 1 ? Path.Combine(place, specimen.Files[0].Name) : place;
        File.WriteAllText(place + ".txt", $"{failure}\n\n./llavamod fuzz --target {failure.Target.Name} --replay {mutant}\n");
        return mutant;
    }
}
