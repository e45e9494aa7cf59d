using System.IO.Compression;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Tests;

/// <summary>Files as torch.save writes them.</summary>
internal static class TorchArchive
{
    /// <summary>A file of a pickle and other entries, all below <paramref name="prefix"/>.</summary>
    public static string Write(
        string path, byte[] pickle, (string Name, byte[] Content)[]? entries = null, string prefix = "archive/", CompressionLevel level = CompressionLevel.NoCompression)
    {
        using var stream = File.Create(path);
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create);
        foreach (var (name, content) in (ReadOnlySpan<(string, byte[])>)[("data.pkl", pickle), .. entries ?? [], ("version", "3\n"u8.ToArray())])
        {
            using var entry = zip.CreateEntry(prefix + name, level).Open();
            entry.Write(content);
        }
        return path;
    }

    /// <summary>A state dict of contiguous tensors.</summary>
    public static string Write(string path, IReadOnlyCollection<KeyValuePair<string, Tensor>> tensors, string? nest = null)
    {
        var pickle = new PickleBytes().Protocol();
        if (nest is not null) pickle.Raw("}").Text("step").Int(3).Raw("s").Text(nest);
        pickle.OrderedDict().Raw("(");
        var storages = new List<(string, byte[])>();
        foreach (var (name, tensor) in tensors)
        {
            string key = $"{storages.Count}", type = TypeName(tensor.DType);
            long[] strides = new long[tensor.Dimensions];
            for (long i = strides.Length - 1, step = 1; i >= 0; step *= tensor.Shape[i--]) strides[i] = step;
            pickle.Text(name).Tensor(type, key, tensor.Elements, 0, tensor.Shape, strides);
            storages.Add(($"data/{key}", BytesOf(tensor)));
        }
        pickle.Raw("u");
        if (nest is not null) pickle.Raw("s");
        return Write(path, pickle.Stop().ToArray(), [.. storages]);
    }

    public static string TypeName(DType dtype) => dtype switch
    {
        DType.Float64 => "DoubleStorage",
        DType.Float32 => "FloatStorage",
        DType.Float16 => "HalfStorage",
        DType.BFloat16 => "BFloat16Storage",
        DType.Int64 => "LongStorage",
        DType.Int32 => "IntStorage",
        DType.Int16 => "ShortStorage",
        DType.Int8 => "CharStorage",
        DType.UInt8 => "ByteStorage",
        _ => "BoolStorage",
    };

    /// <summary>A tensor's elements, by way of the format that is tested elsewhere.</summary>
    public static byte[] BytesOf(Tensor tensor)
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["x"], [KeyValuePair.Create("x", tensor)]);
        return File.ReadAllBytes(folder["x"])[^(int)(tensor.Elements * tensor.DType.Size())..];
    }
}
