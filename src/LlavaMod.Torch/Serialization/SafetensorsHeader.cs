using System.Text.Json;

namespace LlavaMod.Torch.Serialization;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Start">First byte, from the start of the data.</param>
/// <param name="Bytes">Length in bytes.</param>
public sealed record SafetensorsEntry(DType DType, long[] Shape, long Start, long Bytes);

/// <summary>What a safetensors file says it holds.</summary>
public sealed class SafetensorsHeader
{
    private SafetensorsHeader(Dictionary<string, SafetensorsEntry> entries, Dictionary<string, string> metadata)
    {
        Entries = entries;
        Metadata = metadata;
    }

    /// <summary>Tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries { get; }

    /// <summary>The file's free text, such as <c>format: pt</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    internal static string NameOf(DType dtype) => dtype switch
    {
        DType.Float64 => "F64",
        DType.Float32 => "F32",
        DType.Float16 => "F16",
        DType.BFloat16 => "BF16",
        DType.Int64 => "I64",
        DType.Int32 => "I32",
        DType.Int16 => "I16",
        DType.Int8 => "I8",
        DType.UInt8 => "U8",
        DType.Bool => "BOOL",
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "no safetensors type"),
    };

    private static readonly Dictionary<string, DType> Types = Enum.GetValues<DType>().ToDictionary(NameOf);

    internal static SafetensorsHeader Parse(string path, ReadOnlyMemory<byte> json, long dataBytes)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var entries = new Dictionary<string, SafetensorsEntry>();
            var metadata = new Dictionary<string, string>();
            foreach (var item in document.RootElement.EnumerateObject())
            {
                if (item.NameEquals("__metadata__"))
                {
                    foreach (var pair in item.Value.EnumerateObject()) metadata[pair.Name] = pair.Value.GetString() ?? "";
                }
                else if (!entries.TryAdd(item.Name, ParseEntry(path, item, dataBytes)))
                {
                    throw new InvalidDataException($"{path}: tensor '{item.Name}' is listed twice");
                }
            }
            RequireWholeData(path, entries, dataBytes);
            return new SafetensorsHeader(entries, metadata);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidDataException($"{path}: the header is not what safetensors prescribes: {exception.Message}", exception);
        }
    }

    private static SafetensorsEntry ParseEntry(string path, JsonProperty item, long dataBytes)
    {
        string type = item.Value.GetProperty("dtype").GetString() ?? "";
        if (!Types.TryGetValue(type, out var dtype)) throw new InvalidDataException($"{path}: tensor '{item.Name}' has the unknown type '{type}'");
        long[] shape = [.. item.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        var offsets = item.Value.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2) throw new InvalidDataException($"{path}: tensor '{item.Name}' has {offsets.GetArrayLength()} offsets, not 2");
        long start = offsets[0].GetInt64(), end = offsets[1].GetInt64();
        if (start < 0 || end < start || end > dataBytes)
        {
            throw new InvalidDataException($"{path}: tensor '{item.Name}' ends at byte {end} of {dataBytes}: the file is cut short or damaged");
        }
        if (shape.Any(size => size < 0) || BytesOf(shape, dtype) is not { } bytes || bytes != end - start)
        {
            throw new InvalidDataException($"{path}: tensor '{item.Name}' of {type}[{string.Join(", ", shape)}] has {end - start} bytes");
        }
        return new SafetensorsEntry(dtype, shape, start, bytes);
    }

    private static long? BytesOf(long[] shape, DType dtype)
    {
        try
        {
            return shape.Aggregate((long)dtype.Size(), (product, size) => checked(product * size));
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    // The format allows no byte that belongs to two tensors or to none.
    private static void RequireWholeData(string path, Dictionary<string, SafetensorsEntry> entries, long dataBytes)
    {
        long end = 0;
        foreach (var (name, entry) in entries.OrderBy(pair => pair.Value.Start).ThenBy(pair => pair.Value.Bytes))
        {
            if (entry.Start < end) throw new InvalidDataException($"{path}: tensor '{name}' overlaps another");
            if (entry.Start > end) throw new InvalidDataException($"{path}: bytes {end} to {entry.Start} belong to no tensor");
            end = entry.Start + entry.Bytes;
        }
        if (end < dataBytes) throw new InvalidDataException($"{path}: bytes {end} to {dataBytes} belong to no tensor");
    }
}
