using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlavaMod.Checkpoints.Layouts;

/// <summary>What a checkpoint's layout is recognised by.</summary>
/// <param name="Path">The file that messages name.</param>
/// <param name="Names">The names of its tensors; empty where only the configuration is at hand.</param>
/// <param name="Config">Its config.json, or null where it has none.</param>
public sealed record CheckpointSignature(string Path, IReadOnlyCollection<string> Names, JsonObject? Config)
{
    private const int MostShown = 3;

    /// <summary>The configuration's <c>model_type</c>, or an empty string.</summary>
    public string ModelType =>
        Config?["model_type"] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : "";

    /// <summary>The first names.</summary>
    public string Example => Names.Count == 0 ? "none" : string.Join(", ", Names.Take(MostShown)) + (Names.Count > MostShown ? ", ..." : "");

    /// <summary>Whether some tensor's name starts with one of these.</summary>
    public bool HasPrefix(params IEnumerable<string> prefixes) =>
        prefixes.Any(prefix => Names.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)));

    /// <summary>Whether some tensor's name has this within.</summary>
    public bool HasPart(string part) => Names.Any(name => name.Contains(part, StringComparison.Ordinal));

    /// <summary>Whether the configuration has one of these keys, and not as null.</summary>
    public bool HasKey(params IEnumerable<string> keys) => keys.Any(key => Config?[key] is not null);
}
