using System.Text.Json.Nodes;
using LlavaMod.Evaluation;
using LlavaMod.Evaluation.World;

namespace LlavaMod.Cli.Results;

/// <summary>One model's scores, a line each, with what it is made of.</summary>
internal static class Scores
{
    public static IEnumerable<string> Of(EvaluationResult result) =>
        (result.PopeF1 is null ? ExactMatch(result) : World(WorldScores.FromJson(result.Details))).Select(score =>
            $"{score.Name,-12} {Figures.Percent(score.Value),7}   {string.Join(", ", score.Parts.Select(part => $"{Word(part.Key)} {Figures.Percent(part.Value)}"))}".TrimEnd());

    private static IEnumerable<(string Name, double Value, IEnumerable<KeyValuePair<string, double>> Parts)> World(WorldScores scores)
    {
        yield return ("accuracy", scores.Accuracy, scores.Questions.Select(kind => KeyValuePair.Create($"{kind.Key}", kind.Value.Accuracy)));
        yield return ("composition", scores.CompositionAccuracy, scores.Composition.Select(kind => KeyValuePair.Create($"{kind.Key}", kind.Value.Accuracy)));
        yield return ("POPE F1", scores.PopeF1, scores.Pope.Select(setting => KeyValuePair.Create($"{setting.Key}", setting.Value.F1)));
        yield return ("CHAIR s", scores.ChairS, []);
        yield return ("CHAIR i", scores.ChairI, [KeyValuePair.Create("recall of objects", scores.Captions.Recall)]);
    }

    private static IEnumerable<(string Name, double Value, IEnumerable<KeyValuePair<string, double>> Parts)> ExactMatch(EvaluationResult result)
    {
        var byQuestion = JsonNode.Parse(result.Details)!["accuracy_by_question"]!.AsObject();
        yield return ("exact match", result.Accuracy, byQuestion.Select(question => KeyValuePair.Create(question.Key, (double)question.Value!)));
    }

    private static string Word(string name) => name.Replace('_', ' ').ToLowerInvariant();
}
