using LlavaMod.Fuzz.Checks;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Fuzz.Targets;

/// <summary>One safetensors file: its header, and every byte of every tensor.</summary>
[FuzzTarget("safetensors", Summary = "one safetensors file")]
public sealed class SafetensorsTarget : FuzzTarget
{
    private const string File = "model.safetensors";

    /// <inheritdoc/>
    public override bool IsTyped(Exception exception) => exception is InvalidDataException;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        using var scope = new TensorScope();
        using var file = SafetensorsFile.Open(sandbox[File]);
        foreach (var name in file.Names)
        {
            var (tensor, entry) = (file.Load(name), file.Header.Entries[name]);
            if (!tensor.Shape.AsSpan().SequenceEqual(entry.Shape) || tensor.DType != entry.DType)
                throw new BrokenPromise($"'{name}' is {tensor}, not what its header says");
            TensorHash.Sha256(tensor);
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        yield return Specimen.Written(folder => Write(folder, ("a", [2, 3], DType.Float32), ("b.weight", [5], DType.BFloat16), ("c", [], DType.Int64)));
        yield return Specimen.Written(folder => Write(folder, ("x", [3, 1, 2], DType.Float16), ("y", [7], DType.UInt8), ("z", [2], DType.Float64), ("empty", [0, 4], DType.Bool)));
        yield return Specimen.Written(folder => Write(folder));
    }

    private static void Write(string folder, params (string Name, long[] Shape, DType DType)[] tensors)
    {
        using var scope = new TensorScope();
        SafetensorsWriter.Write(Path.Combine(folder, File), [.. tensors.Select(tensor => KeyValuePair.Create(tensor.Name, Create.Zeros(tensor.Shape, tensor.DType)))]);
    }
}
