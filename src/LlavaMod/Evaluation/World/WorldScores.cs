using System.Text.Json;
using System.Text.Json.Serialization;
using LlavaMod.Data.World;

namespace LlavaMod.Evaluation.World;

/// <summary>What a model scored in the world's benchmark. Shares are 0 to 1.</summary>
/// <param name="Accuracy">Over all questions about validation scenes; each kind has the same number of them.</param>
/// <param name="CompositionAccuracy">Over all questions about held-out kinds.</param>
/// <param name="PopeF1">The mean of F1 over POPE's three settings.</param>
/// <param name="ChairS">CHAIR_s of the captions.</param>
/// <param name="ChairI">CHAIR_i of the captions.</param>
/// <param name="Questions">The questions about validation scenes, by kind.</param>
/// <param name="Composition">The questions about held-out kinds, by kind.</param>
/// <param name="Pope">POPE, by setting.</param>
/// <param name="PopeMean">The means over the settings.</param>
/// <param name="Captions">CHAIR and recall.</param>
public sealed record WorldScores(
    double Accuracy,
    double CompositionAccuracy,
    double PopeF1,
    double ChairS,
    double ChairI,
    IReadOnlyDictionary<QuestionKind, AnswerScores> Questions,
    IReadOnlyDictionary<QuestionKind, AnswerScores> Composition,
    IReadOnlyDictionary<PopeSetting, PopeScores> Pope,
    PopeScores PopeMean,
    CaptionScores Captions)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        WriteIndented = true,
    };

    internal static WorldScores Of(IReadOnlyCollection<WorldAnswer> answers)
    {
        var parts = answers.ToLookup(answer => answer.Part);
        var pope = Enum.GetValues<PopeSetting>().ToDictionary(setting => setting, setting => PopeScores.Of(
            [.. parts[WorldPart.Pope].Where(answer => answer.Setting is null || answer.Setting == setting)]));
        var popeMean = PopeScores.Mean(pope.Values);
        var captions = CaptionScores.Of([.. parts[WorldPart.Caption].Select(answer => answer.Caption!)]);
        return new WorldScores(
            All(WorldPart.Question).Accuracy, All(WorldPart.Composition).Accuracy, popeMean.F1, captions.ChairS, captions.ChairI,
            ByKind(WorldPart.Question), ByKind(WorldPart.Composition), pope, popeMean, captions);

        AnswerScores All(WorldPart part) => AnswerScores.Of([.. parts[part]]);
        Dictionary<QuestionKind, AnswerScores> ByKind(WorldPart part) => parts[part].GroupBy(answer => answer.Kind!.Value)
            .ToDictionary(group => group.Key, group => AnswerScores.Of([.. group]));
    }

    /// <summary>One JSON object with snake_case keys.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="UserError">Not such an object.</exception>
    public static WorldScores FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<WorldScores>(json, Json) ?? throw new UserError("the world's scores are null, not a JSON object");
        }
        catch (JsonException error)
        {
            throw new UserError($"the world's scores cannot be read: {error.Message}", error);
        }
    }
}
