namespace LlavaMod.Evaluation.World;

/// <summary>Scores a model's answers to the world's benchmark, from the facts alone.</summary>
public static class WorldScorer
{
    /// <summary>Scores the answers.</summary>
    /// <param name="benchmark">What was asked.</param>
    /// <param name="answers">The generated text for each item's id.</param>
    /// <exception cref="UserError">Not exactly one answer for each item; the message counts and names the first of them.</exception>
    public static WorldScores Score(WorldBenchmark benchmark, IEnumerable<KeyValuePair<string, string>> answers)
    {
        var byId = Match(benchmark, answers);
        return WorldScores.Of([.. benchmark.Items.Select(item => WorldAnswer.Of(item, byId[item.Id]))]);
    }

    private static Dictionary<string, string> Match(WorldBenchmark benchmark, IEnumerable<KeyValuePair<string, string>> answers)
    {
        var known = benchmark.Items.Select(item => item.Id).ToHashSet();
        var byId = new Dictionary<string, string>(known.Count);
        var (unknown, duplicate) = (new List<string>(), new List<string>());
        foreach (var (id, answer) in answers)
        {
            if (!known.Contains(id))
                unknown.Add(id);
            else if (!byId.TryAdd(id, answer))
                duplicate.Add(id);
        }

        string[] missing = [.. benchmark.Items.Select(item => item.Id).Where(id => !byId.ContainsKey(id))];
        string[] problems = [.. new[] { Problem("missing", missing), Problem("unknown", unknown), Problem("duplicate", duplicate) }.OfType<string>()];
        return problems.Length == 0
            ? byId
            : throw new UserError($"the answers do not fit the world's benchmark: {string.Join(", ", problems)}; give one answer for each of its {known.Count} items");
    }

    private static string? Problem(string what, IReadOnlyList<string> ids) => ids.Count switch
    {
        0 => null,
        <= 3 => $"{ids.Count} {what} ({string.Join(", ", ids)})",
        _ => $"{ids.Count} {what} ({string.Join(", ", ids.Take(3))}, ...)",
    };
}
