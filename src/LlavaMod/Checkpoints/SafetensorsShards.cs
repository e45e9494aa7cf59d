using System.Text.Json;
using System.Text.Json.Nodes;
using LlavaMod.Runs;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Checkpoints;

/// <summary>
/// Writes a model's tensors as Hugging Face does: in model.safetensors, or, where they are too large for one file, in shards
/// <c>model-00001-of-00003.safetensors</c> with an index that says which tensor is where.
/// </summary>
public static class SafetensorsShards
{
    /// <summary>The size of a shard that Hugging Face's tools write by default: 5 GB.</summary>
    public const long DefaultMostBytes = 5_000_000_000;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes tensors into a folder, in their order; every file appears whole, the index last.</summary>
    /// <param name="folder">An existing folder, of one model.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="mostBytes">How many bytes of tensors one file may hold, at least 1; a tensor that is larger has a file of its own.</param>
    /// <param name="floats">The type to write real numbers in; null writes every tensor as it is.</param>
    /// <returns>The names of the files with tensors.</returns>
    public static IReadOnlyList<string> Write(
        string folder, IEnumerable<KeyValuePair<string, Tensor>> tensors, long mostBytes = DefaultMostBytes, DType? floats = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mostBytes);
        var shards = Split(tensors, mostBytes, floats);
        string[] names = shards.Count == 1
            ? [ModelFolder.WeightsFile]
            : [.. Enumerable.Range(1, shards.Count).Select(number => $"model-{number:00000}-of-{shards.Count:00000}.safetensors")];
        foreach (var (name, shard) in names.Zip(shards)) SafetensorsWriter.Write(Path.Combine(folder, name), shard, floats: floats);
        if (shards.Count > 1) WriteIndex(Path.Combine(folder, StoredTensors.IndexFile), names, shards, floats);
        return names;
    }

    private static List<List<KeyValuePair<string, Tensor>>> Split(IEnumerable<KeyValuePair<string, Tensor>> tensors, long mostBytes, DType? floats)
    {
        List<List<KeyValuePair<string, Tensor>>> shards = [[]];
        long bytes = 0;
        foreach (var tensor in tensors)
        {
            long more = BytesOf(tensor.Value, floats);
            if (bytes + more > mostBytes && shards[^1].Count > 0)
            {
                shards.Add([]);
                bytes = 0;
            }
            shards[^1].Add(tensor);
            bytes += more;
        }
        return shards;
    }

    private static void WriteIndex(string path, string[] names, List<List<KeyValuePair<string, Tensor>>> shards, DType? floats)
    {
        var map = new JsonObject();
        var places = names.Zip(shards, (name, shard) => shard.Select(tensor => (tensor.Key, File: name))).SelectMany(places => places);
        foreach (var (tensor, file) in places.OrderBy(place => place.Key, StringComparer.Ordinal)) map[tensor] = file;
        long total = shards.Sum(shard => shard.Sum(tensor => BytesOf(tensor.Value, floats)));
        var index = new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = total }, ["weight_map"] = map };
        AtomicFile.Write(path, index.ToJsonString(Indented) + "\n");
    }

    private static long BytesOf(Tensor tensor, DType? floats) => tensor.Elements * SafetensorsWriter.WrittenType(tensor, floats).Size();
}
