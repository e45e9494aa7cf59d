using System.Text.Json;

namespace LlavaMod.Recipes;

/// <summary>How C# names read in YAML: <c>LearningRate</c> is <c>learning_rate</c>, <c>EveryOther</c> is <c>every_other</c>.</summary>
internal static class KeyName
{
    public static string Of(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    public static string Of(Enum value) => Of(value.ToString());
}
