using System.Text.Json.Nodes;
using LlavaMod.Data;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Checkpoints;

/// <summary>
/// The tensors of a model folder: those of model.safetensors, or else those of the shards that model.safetensors.index.json names. Files are
/// mapped; nothing but their headers is read before a tensor is used.
/// </summary>
public sealed class StoredTensors : IDisposable
{
    /// <summary>What names the shards, where there are several.</summary>
    public const string IndexFile = "model.safetensors.index.json";

    private const long MostIndexBytes = 64 << 20;
    private const int MostListed = 10;

    private readonly Dictionary<string, SafetensorsFile> fileOf = [];
    private readonly List<SafetensorsFile> files = [];

    private StoredTensors(string path) => Path = path;

    /// <summary>The file that messages name: the one with the weights, or the index.</summary>
    public string Path { get; }

    /// <summary>Names of all tensors.</summary>
    public IEnumerable<string> Names => fileOf.Keys;

    /// <summary>Opens a model folder, or one file of weights.</summary>
    /// <exception cref="UserError">A file is missing or damaged, or index and shards tell different stories.</exception>
    public static StoredTensors Open(string path)
    {
        string single = Directory.Exists(path) ? System.IO.Path.Combine(path, ModelFolder.WeightsFile) : path;
        string index = System.IO.Path.Combine(path, IndexFile);
        bool sharded = single != path && !File.Exists(single) && File.Exists(index);
        var tensors = new StoredTensors(sharded ? index : single);
        try
        {
            if (sharded) tensors.OpenShards(path);
            else tensors.OpenSingle();
            return tensors;
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Sizes of a tensor, as its file's header gives them.</summary>
    public long[] ShapeOf(string name) => fileOf[name].Header.Entries[name].Shape;

    /// <summary>A tensor as a view of its file, owned by the current scope.</summary>
    public Tensor Load(string name) => fileOf[name].Load(name);

    private void OpenSingle()
    {
        var file = Map(Path, $"{Path}: no such file; a model folder holds config.json and {ModelFolder.WeightsFile}, or its shards and {IndexFile}");
        foreach (string name in file.Names) fileOf.Add(name, file);
    }

    private void OpenShards(string folder)
    {
        var names = ReadIndex();
        foreach (var shard in names.GroupBy(entry => entry.Value, entry => entry.Key))
        {
            var file = Map(System.IO.Path.Combine(folder, shard.Key), $"{Path}: the shard {shard.Key} is not beside it; download it again");
            var missing = shard.Where(name => !file.Contains(name)).ToList();
            if (missing.Count > 0) throw new UserError($"{Path}: {shard.Key} lacks {Listed(missing)}");
            var unnamed = file.Names.Where(name => names.GetValueOrDefault(name) != shard.Key).ToList();
            if (unnamed.Count > 0) throw new UserError($"{file.Path} holds {Listed(unnamed)}, which {IndexFile} does not name there");
            foreach (string name in shard) fileOf.Add(name, file);
        }
    }

    // Tensor -> shard.
    private Dictionary<string, string> ReadIndex()
    {
        if (JsonFile.ReadObject(Path, MostIndexBytes)["weight_map"] is not JsonObject { Count: > 0 } map)
            throw new UserError($"{Path}: there is no weight_map that sends tensors to shards");
        var names = new Dictionary<string, string>();
        foreach (var (name, value) in map)
        {
            // A shard lies beside its index: an index from elsewhere must not read other files.
            if (value?.GetValueKind() != System.Text.Json.JsonValueKind.String || value.GetValue<string>() is not { } shard
                || shard != System.IO.Path.GetFileName(shard) || !shard.EndsWith(".safetensors", StringComparison.Ordinal))
                throw new UserError($"{Path}: weight_map sends {name} to {value?.ToJsonString() ?? "null"}, which is not the name of a .safetensors file");
            names.Add(name, shard);
        }
        return names;
    }

    private SafetensorsFile Map(string path, string absent)
    {
        if (!File.Exists(path)) throw new UserError(absent);
        try
        {
            files.Add(SafetensorsFile.Open(path));
            return files[^1];
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UserError(exception.Message, exception);
        }
    }

    private static string Listed(List<string> names) =>
        string.Join(", ", names.Take(MostListed)) + (names.Count > MostListed ? $" and {names.Count - MostListed} more" : "");

    /// <summary>Closes the files; tensors already loaded stay valid.</summary>
    public void Dispose()
    {
        foreach (var file in files) file.Dispose();
    }
}
