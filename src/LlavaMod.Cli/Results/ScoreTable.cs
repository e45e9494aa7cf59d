using System.Text.Json.Nodes;
using LlavaMod.Evaluation;
using LlavaMod.Evaluation.World;
using Spectre.Console;

namespace LlavaMod.Cli.Results;

/// <summary>One model's scores, each with what it is made of.</summary>
internal static class ScoreTable
{
    public static Table Of(EvaluationResult result)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumn("score").AddColumn("", column => column.RightAligned()).AddColumn("of which");
        foreach (var (name, value, parts) in result.PopeF1 is null ? ExactMatch(result) : World(WorldScores.FromJson(result.Details)))
            table.AddRow(name, Figures.Percent(value), string.Join(", ", parts.Select(part => $"{Word(part.Key)} {Figures.Percent(part.Value)}")).EscapeMarkup());
        return table;
    }

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
