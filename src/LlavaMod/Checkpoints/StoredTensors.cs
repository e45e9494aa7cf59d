using System.Text.Json.Nodes;
using LlavaMod.Data;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Checkpoints;

/// <summary>
/// The tensors of a model folder: of model.safetensors, or else of the shards that model.safetensors.index.json names, or else of the same in
/// PyTorch's format. Nothing but headers is read before a tensor is used.
/// </summary>
public sealed class StoredTensors : IDisposable
{
    /// <summary>What names the shards, where there are several.</summary>
    public const string IndexFile = "model.safetensors.index.json";

    private const long MostIndexBytes = 64 << 20;
    private const int MostListed = 10;

    // In a folder, the first of these that is there: tensors, or where they are. The last is a LLaVA connector alone.
    private static readonly (string File, string? Shards)[] Known =
    [
        (ModelFolder.WeightsFile, null), (IndexFile, ".safetensors"), ("pytorch_model.bin", null), ("pytorch_model.bin.index.json", ".bin"),
        ("mm_projector.bin", null),
    ];

    private readonly Dictionary<string, TensorFile> fileOf = [];
    private readonly List<TensorFile> files = [];

    private StoredTensors(string path) => Path = path;

    /// <summary>The file that messages name: the one with the weights, or the index.</summary>
    public string Path { get; }

    /// <summary>The files with the weights: one, or the shards.</summary>
    public IEnumerable<string> Files => files.Select(file => file.Path);

    /// <summary>Names of all tensors.</summary>
    public IEnumerable<string> Names => fileOf.Keys;

    /// <summary>The type in which most real numbers are stored; null where there are none.</summary>
    public DType? MainType => Names.Select(name => this[name]).Where(tensor => tensor.DType.IsFloat())
        .GroupBy(tensor => tensor.DType, tensor => tensor.Elements).MaxBy(type => type.Sum())?.Key;

    /// <summary>Opens a model folder, or one file of weights: .bin, .pt and .pth as PyTorch's, others as safetensors.</summary>
    /// <exception cref="UserError">A file is missing or damaged, or index and shards tell different stories.</exception>
    public static StoredTensors Open(string path)
    {
        var (file, shards) = Directory.Exists(path) ? Known.FirstOrDefault(known => File.Exists(System.IO.Path.Combine(path, known.File)), Known[0]) : ("", null);
        var tensors = new StoredTensors(file.Length > 0 ? System.IO.Path.Combine(path, file) : path);
        try
        {
            if (shards is not null) tensors.OpenShards(path, shards);
            else tensors.OpenSingle();
            return tensors;
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Type and sizes of a tensor, as its file gives them.</summary>
    public StoredTensor this[string name] => fileOf[name].Tensors[name];

    /// <summary>Sizes of a tensor, as its file gives them.</summary>
    public long[] ShapeOf(string name) => this[name].Shape;

    /// <summary>A tensor as a view of its file, owned by the current scope.</summary>
    public Tensor Load(string name) => fileOf[name].Load(name);

    /// <summary>A tensor in memory of its own, of the wanted type and on the wanted device, owned by the current scope.</summary>
    /// <exception cref="UserError">The file has become shorter since it was opened, or cannot be read any more.</exception>
    public Tensor Read(string name, DType dtype, Device device)
    {
        try
        {
            return fileOf[name].Read(name, dtype, device);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            throw new UserError(exception.Message, exception);
        }
    }

    private void OpenSingle()
    {
        var file = Map(Path, $"{Path}: no such file; a model folder holds config.json and {ModelFolder.WeightsFile} or pytorch_model.bin, or their shards and "
            + $"{IndexFile} or pytorch_model.bin.index.json");
        foreach (string name in file.Names) fileOf.Add(name, file);
    }

    private void OpenShards(string folder, string extension)
    {
        var names = ReadIndex(extension);
        foreach (var shard in names.GroupBy(entry => entry.Value, entry => entry.Key))
        {
            var file = Map(System.IO.Path.Combine(folder, shard.Key), $"{Path}: the shard {shard.Key} is not beside it; download it again");
            var missing = shard.Where(name => !file.Contains(name)).ToList();
            if (missing.Count > 0) throw new UserError($"{Path}: {shard.Key} lacks {Listed(missing)}");
            var unnamed = file.Names.Where(name => names.GetValueOrDefault(name) != shard.Key).ToList();
            if (unnamed.Count > 0) throw new UserError($"{file.Path} holds {Listed(unnamed)}, which {System.IO.Path.GetFileName(Path)} does not name there");
            foreach (string name in shard) fileOf.Add(name, file);
        }
    }

    // Tensor -> shard.
    private Dictionary<string, string> ReadIndex(string extension)
    {
        if (JsonFile.ReadObject(Path, MostIndexBytes)["weight_map"] is not JsonObject { Count: > 0 } map)
            throw new UserError($"{Path}: there is no weight_map that sends tensors to shards");
        var names = new Dictionary<string, string>();
        foreach (var (name, value) in map)
        {
            // A shard lies beside its index: an index from elsewhere must not read other files.
            if (value?.GetValueKind() != System.Text.Json.JsonValueKind.String || value.GetValue<string>() is not { } shard
                || shard != System.IO.Path.GetFileName(shard) || !shard.EndsWith(extension, StringComparison.Ordinal))
                throw new UserError($"{Path}: weight_map sends {name} to {value?.ToJsonString() ?? "null"}, which is not the name of a {extension} file");
            names.Add(name, shard);
        }
        return names;
    }

    private TensorFile Map(string path, string absent)
    {
        if (!File.Exists(path)) throw new UserError(absent);
        try
        {
            files.Add(TensorFile.Open(path));
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
