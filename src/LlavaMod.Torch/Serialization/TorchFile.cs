using LlavaMod.Torch.Serialization.Pickle;

namespace LlavaMod.Torch.Serialization;

/// <summary>
/// A file of <c>torch.save</c> (.bin, .pt, .pth) since PyTorch 1.6: a .zip file of stored entries, of which <c>data.pkl</c> describes the tensors
/// and <c>data/0</c>, <c>data/1</c>, ... hold their elements. It must hold a state dict, which may be one level down, under <c>state_dict</c>,
/// <c>model</c> or <c>module</c>. The pickle is read by a machine that builds tensors and nothing else, see <see cref="PickleReader"/>.
/// </summary>
public sealed class TorchFile : TensorFile
{
    private const int MostPickleBytes = 64 << 20;

    private static readonly string[] Nests = ["state_dict", "model", "module"];

    private TorchFile(FileBytes bytes, IReadOnlyDictionary<string, StoredTensor> tensors) : base(bytes) => Tensors = tensors;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Opens a file and checks all of its tensors against the file's length.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, of another format, holds something else than tensors, or asks for code to run.</exception>
    public static new TorchFile Open(string path)
    {
        var bytes = new FileBytes(path);
        try
        {
            return new TorchFile(bytes, ReadTensors(bytes));
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    private static Dictionary<string, StoredTensor> ReadTensors(FileBytes bytes)
    {
        RequireZip(bytes);
        var entries = StoredZip.Read(bytes);
        string[] pickles = [.. entries.Keys.Where(name => name == "data.pkl" || name.EndsWith("/data.pkl", StringComparison.Ordinal)).Take(2)];
        if (pickles.Length != 1) throw Bad(bytes, $"it holds {(pickles.Length == 0 ? "no" : "more than one")} data.pkl: not a file of torch.save");
        string prefix = pickles[0][..^"data.pkl".Length];
        RequireLittleEndian(bytes, entries, prefix);
        var world = new TorchWorld(key => entries.TryGetValue($"{prefix}data/{key}", out var place) ? place : null);
        return TensorsOf(bytes, PickleReader.Read(bytes.Path, Content(bytes, entries[pickles[0]], MostPickleBytes), world));
    }

    private static void RequireZip(FileBytes bytes)
    {
        bytes.RequireContent();
        Span<byte> start = stackalloc byte[4];
        if (bytes.Length < start.Length) throw Bad(bytes, $"{bytes.Length} bytes are too few for a file of torch.save");
        bytes.Read(start, 0);
        if (start.SequenceEqual("PK\u0003\u0004"u8)) return;
        // A pickle without a .zip file around it.
        if (start[0] == (byte)PickleOpcode.Proto)
        {
            throw Bad(bytes, "it is in the form that PyTorch wrote before 1.6, which is not read; "
                + "load it in PyTorch and save it again, or as .safetensors: torch.save(torch.load(path, map_location='cpu'), path)");
        }
        throw Bad(bytes, "it is not a file of torch.save: it does not begin as a .zip file");
    }

    private static void RequireLittleEndian(FileBytes bytes, Dictionary<string, (long, long)> entries, string prefix)
    {
        if (entries.TryGetValue($"{prefix}byteorder", out var place) && !Content(bytes, place, 16).AsSpan().SequenceEqual("little"u8))
            throw Bad(bytes, "its byteorder is not 'little': it was written on a big-endian machine");
    }

    private static byte[] Content(FileBytes bytes, (long Start, long Length) place, int most)
    {
        if (place.Length > most) throw Bad(bytes, $"an entry of {place.Length} bytes is longer than {most}");
        var content = new byte[place.Length];
        bytes.Read(content, place.Start);
        return content;
    }

    private static Dictionary<string, StoredTensor> TensorsOf(FileBytes bytes, object? value)
    {
        if (value is not PickleDictionary dictionary) throw Bad(bytes, "it holds no dictionary of tensors");
        // Beside a nested state dict lies what training needed: the optimiser, the step.
        if (!dictionary.Values.Any(entry => entry is StoredTensor))
            dictionary = Nests.Select(name => dictionary[name]).OfType<PickleDictionary>().FirstOrDefault() ?? dictionary;
        var tensors = new Dictionary<string, StoredTensor>();
        foreach (var (key, entry) in dictionary)
        {
            if (key is not string name || entry is not StoredTensor tensor) throw Bad(bytes, $"'{key}' in its state dict is not a tensor");
            tensors.Add(name, tensor);
        }
        return tensors;
    }

    private static InvalidDataException Bad(FileBytes bytes, string why) => new($"{bytes.Path}: {why}");
}
