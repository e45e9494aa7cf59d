using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LlavaMod.Data;

namespace LlavaMod.Checkpoints;

/// <summary>A config.json that has been read as JSON and is yet to be understood.</summary>
/// <param name="Path">The file.</param>
/// <param name="Json">What it holds.</param>
/// <param name="VisionPath">A tower's own config.json, where the caller knows it.</param>
public sealed record ConfigFile(string Path, JsonObject Json, string? VisionPath = null)
{
    private const long MostBytes = 1 << 20;

    internal static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        IgnoreReadOnlyProperties = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The folder that it lies in.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserError">It is missing, too large, or not a JSON object.</exception>
    public static ConfigFile Read(string path, string? visionPath = null)
    {
        if (!File.Exists(path)) throw new UserError($"{path}: no such file; a model folder holds {ModelFolder.ConfigFile} and {ModelFolder.WeightsFile}");
        return new ConfigFile(path, JsonFile.ReadObject(path, MostBytes), visionPath);
    }

    /// <summary>Reads from the JSON; a value of the wrong kind becomes an error that names the file.</summary>
    public T Checked<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new UserError($"{Path}: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }
}
