using System.Text;
using LlavaMod.Fuzz.Checks;
using LlavaMod.Fuzz.Kinds;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Fuzz.Targets;

/// <summary>A file of torch.save: its .zip, its pickle, and every byte of every tensor.</summary>
[FuzzTarget("torch", Summary = "PyTorch's .bin and .pt: .zip and pickle")]
public sealed class TorchTarget : FuzzTarget
{
    private const string File = "pytorch_model.bin";

    /// <inheritdoc/>
    public override bool IsTyped(Exception exception) => exception is InvalidDataException;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        using var scope = new TensorScope();
        using var file = TensorFile.Open(sandbox[File]);
        foreach (var (name, stored) in file.Tensors)
        {
            var tensor = file.Load(name);
            if (!tensor.Shape.AsSpan().SequenceEqual(stored.Shape) || tensor.DType != stored.DType)
                throw new BrokenPromise($"'{name}' is {tensor}, not what the file says");
            TensorHash.Sha256(tensor.Contiguous());
            TensorHash.Sha256(file.Read(name, DType.Float32, Device.Cpu));
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        yield return Archive("", Tensor("a", "FloatStorage", "0", 6, "2 3", "3 1") + Tensor("b", "HalfStorage", "1", 4, "4", "1"), ("0", 24), ("1", 8));
        // Views: turned around, and a part of another's storage; nested as trainers do.
        yield return Archive("}" + Text("epoch") + "K\x03s" + Text("state_dict"),
            Tensor("turned", "BFloat16Storage", "0", 6, "2 3", "1 2") + Tensor("part", "BFloat16Storage", "0", 6, "2", "2"), ("0", 12));
    }

    private static Specimen Archive(string before, string tensors, params (string Key, int Bytes)[] storages)
    {
        var pickle = $"\u0080\u0002{before}ccollections\nOrderedDict\nq\0)R({tensors}u{(before.Length > 0 ? "s" : "")}.";
        return new Specimen(File, TorchKind.Stored(
        [
            ("archive/data.pkl", Encoding.Latin1.GetBytes(pickle)), ("archive/byteorder", "little"u8.ToArray()),
            .. storages.Select(storage => ($"archive/data/{storage.Key}", new byte[storage.Bytes])), ("archive/version", "3\n"u8.ToArray()),
        ]));
    }

    private static string Tensor(string name, string type, string key, int elements, string shape, string strides) =>
        $"{Text(name)}ctorch._utils\n_rebuild_tensor_v2\n(({Text("storage")}ctorch\n{type}\n{Text(key)}{Text("cpu")}{Number(elements)}tQ{Number(0)}"
        + $"({Numbers(shape)}t({Numbers(strides)}t\u0089ccollections\nOrderedDict\n)RtR";

    private static string Text(string text) => $"X{(char)text.Length}\0\0\0{text}";

    private static string Number(int number) => $"K{(char)number}";

    private static string Numbers(string numbers) => string.Concat(numbers.Split(' ').Select(number => Number(int.Parse(number))));
}
