using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlavaMod.Data;

/// <summary>Reading of configuration files.</summary>
internal static class JsonFile
{
    /// <summary>The JSON object in a file of at most <paramref name="limit"/> bytes.</summary>
    /// <exception cref="UserError">Missing, too large, not JSON, not an object, or a key is repeated.</exception>
    public static JsonObject ReadObject(string path, long limit)
    {
        try
        {
            var options = new JsonDocumentOptions { AllowDuplicateProperties = false };
            return JsonNode.Parse(BoundedFile.Read(path, limit), documentOptions: options) as JsonObject
                ?? throw new UserError($"{path} does not hold a JSON object.");
        }
        catch (JsonException e)
        {
            throw new UserError($"{path} is not valid JSON: {e.Message}", e);
        }
    }
}
