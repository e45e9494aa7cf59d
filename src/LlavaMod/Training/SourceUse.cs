namespace LlavaMod.Training;

/// <summary>What a stage has taken from one of its datasets.</summary>
/// <param name="Used">Samples trained on; a row counts in every pass that it comes up in.</param>
/// <param name="Skipped">Samples left out, counted in the same way.</param>
/// <param name="FirstSkipped">The first <see cref="Kept"/> of those, each row once.</param>
public sealed record SourceUse(long Used, long Skipped, IReadOnlyList<SkippedSample> FirstSkipped)
{
    /// <summary>How many skipped samples are kept with their reasons.</summary>
    public const int Kept = 100;

    private static readonly SourceUse None = new(0, 0, []);

    /// <summary>Those of a batch's skipped samples that will be kept, and have not been before: each is worth a message once.</summary>
    internal static IEnumerable<SkippedSample> NewOf(IReadOnlyDictionary<string, SourceUse> before, LoadedBatch batch) =>
        batch.Skipped.Distinct().Where(skipped => before.GetValueOrDefault(skipped.Source, None).FirstSkipped is var kept && kept.Count < Kept && !kept.Contains(skipped));

    /// <summary>Adds what a batch took.</summary>
    internal static IReadOnlyDictionary<string, SourceUse> Add(IReadOnlyDictionary<string, SourceUse> before, LoadedBatch batch)
    {
        var after = new Dictionary<string, SourceUse>(before);
        foreach (var (source, count) in batch.Sources)
        {
            var use = after.GetValueOrDefault(source, None);
            after[source] = use with { Used = use.Used + count };
        }
        foreach (var skipped in batch.Skipped)
        {
            var use = after.GetValueOrDefault(skipped.Source, None);
            bool kept = use.FirstSkipped.Count < Kept && !use.FirstSkipped.Contains(skipped);
            after[skipped.Source] = use with { Skipped = use.Skipped + 1, FirstSkipped = kept ? [.. use.FirstSkipped, skipped] : use.FirstSkipped };
        }
        return after;
    }
}
