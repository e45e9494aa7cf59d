using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace LlavaMod.Data;

/// <summary>Reading of configuration files.</summary>
internal static class JsonFile
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>The JSON object in a file of at most <paramref name="limit"/> bytes.</summary>
    /// <exception cref="UserError">Missing, too large, not JSON, not Unicode, not an object, or a key is repeated.</exception>
    public static JsonObject ReadObject(string path, long limit) =>
        Read(path, limit, bytes => JsonNode.Parse(bytes, documentOptions: Options)) as JsonObject ?? throw new UserError($"{path} does not hold a JSON object.");

    /// <summary>The JSON in a file of at most <paramref name="limit"/> bytes; the caller disposes it.</summary>
    /// <exception cref="UserError">Missing, too large, not JSON, not Unicode, or a key is repeated.</exception>
    public static JsonDocument ReadDocument(string path, long limit) => Read(path, limit, bytes => JsonDocument.Parse(bytes, Options));

    private static T Read<T>(string path, long limit, Func<byte[], T> parse)
    {
        try
        {
            var bytes = BoundedFile.Read(path, limit);
            RequireUnicode(bytes);
            return parse(bytes);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new UserError($"{path} is not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>Looks at every text: a document decodes them when they are asked for, and half a character would be an error of whoever asks first.</summary>
    /// <exception cref="JsonException">Not JSON, or not UTF-8.</exception>
    /// <exception cref="InvalidOperationException">A text has half a character.</exception>
    public static void RequireUnicode(byte[] json)
    {
        if (!Utf8.IsValid(json))
            throw new JsonException("it is not UTF-8.");
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
            if (reader.ValueIsEscaped)
                reader.GetString();
    }
}
