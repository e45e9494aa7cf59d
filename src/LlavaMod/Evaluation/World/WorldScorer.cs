using LlavaMod.Data.World;

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
        var questions = Of(WorldPart.Question);
        var composition = Of(WorldPart.Composition);
        var pope = Enum.GetValues<PopeSetting>().ToDictionary(setting => setting, setting => PopeScores.Of(
            [.. Of(WorldPart.Pope).Where(item => item.Setting is null || item.Setting == setting).Select(item => (item.Reference, byId[item.Id]))]));
        var popeMean = PopeScores.Mean(pope.Values);
        var captions = CaptionScores.Of([.. Of(WorldPart.Caption).Select(item => (item.Scene, byId[item.Id]))]);
        return new WorldScores(
            Answers(questions).Accuracy, Answers(composition).Accuracy, popeMean.F1, captions.ChairS, captions.ChairI,
            ByKind(questions), ByKind(composition), pope, popeMean, captions);

        WorldItem[] Of(WorldPart part) => [.. benchmark.Items.Where(item => item.Part == part)];
        AnswerScores Answers(IEnumerable<WorldItem> items) => AnswerScores.Of([.. items.Select(item => (item.Kind!.Value, item.Reference, byId[item.Id]))]);
        Dictionary<QuestionKind, AnswerScores> ByKind(WorldItem[] items) => items.GroupBy(item => item.Kind!.Value).ToDictionary(group => group.Key, Answers);
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
