using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

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
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > LargestFile)
                throw new UserError($"{path}: {stream.Length:N0} bytes; the limit is {LargestFile:N0}");
            return JsonSerializer.Deserialize<T>(stream, Line) ?? throw new JsonException("it holds null");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UserError($"{path}: cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
