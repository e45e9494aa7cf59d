using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LlavaMod.Data;

namespace LlavaMod.Runs;

/// <summary>How the JSON files of a run folder are written and read: snake_case keys, every key required.</summary>
internal static class RunJson
{
    private const long LargestFile = 256L << 20;

    /// <summary>One value a line. Losses that are not numbers stay visible as "NaN" and "Infinity".</summary>
    public static JsonSerializerOptions Line { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions Indented = new(Line) { WriteIndented = true };

    public static void Write<T>(string path, T value) =>
        AtomicFile.Write(path, JsonSerializer.Serialize(value, Indented) + "\n");

    /// <exception cref="UserError">The file cannot be read, is too large, or is not what it should be.</exception>
    public static T Read<T>(string path)
    {
        var bytes = BoundedFile.Read(path, LargestFile);
        try
        {
            return Parse<T>(bytes);
        }
        catch (JsonException e)
        {
            throw new UserError($"{path}: cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <exception cref="JsonException">The text is not what it should be.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> json)
    {
        RequireItems(json);
        return JsonSerializer.Deserialize<T>(json, Line) ?? throw new JsonException("it holds null");
    }

    // No list of a run has nulls in it, and the serializer would let them through.
    private static void RequireItems(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        for (var before = JsonTokenType.None; reader.Read(); before = reader.TokenType)
        {
            if (reader.TokenType == JsonTokenType.Null && reader.CurrentDepth > 0 && before != JsonTokenType.PropertyName)
                throw new JsonException($"it holds null in a list, at byte {reader.TokenStartIndex}");
        }
    }
}
