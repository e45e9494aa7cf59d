using LlavaMod.Checkpoints;
using LlavaMod.Fuzz.Checks;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Fuzz.Targets;

/// <summary>An index with its shards: names that leave the folder, tensors that are elsewhere.</summary>
[FuzzTarget("safetensors-index", Summary = "model.safetensors.index.json and its shards")]
public sealed class ShardsTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        using var scope = new TensorScope();
        using var stored = StoredTensors.Open(sandbox.Folder);
        foreach (var name in stored.Names)
            TensorHash.Sha256(stored.Load(name));
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        yield return Specimen.Written(folder =>
        {
            using var scope = new TensorScope();
            Write(folder, "model-00001-of-00002.safetensors", "a", "b");
            Write(folder, "model-00002-of-00002.safetensors", "c");
            File.WriteAllText(Path.Combine(folder, StoredTensors.IndexFile), """
                {"metadata": {"total_size": 36}, "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00001-of-00002.safetensors",
                "c": "model-00002-of-00002.safetensors"}}
                """);
        });
    }

    private static void Write(string folder, string file, params string[] names) =>
        SafetensorsWriter.Write(Path.Combine(folder, file), [.. names.Select(name => KeyValuePair.Create(name, Create.Ones([3])))]);
}
