using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace LlavaMod.Torch.Serialization;

/// <summary>Writes .safetensors files. The target appears whole or not at all: a temporary file, fsync, rename.</summary>
public static unsafe class SafetensorsWriter
{
    private const int Piece = 64 << 20;

    /// <summary>Writes tensors by name, each copied to main memory, and converted where that is asked for, when its turn comes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="metadata">The file's free text; null says <c>format: pt</c>, which transformers looks for.</param>
    /// <param name="floats">The type to write real numbers in; null writes every tensor as it is.</param>
    /// <exception cref="ArgumentException">A name occurs twice, or is the format's own <c>__metadata__</c>; nothing is written.</exception>
    public static void Write(
        string path, IReadOnlyCollection<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null, DType? floats = null)
    {
        if (tensors.Select(pair => pair.Key).Append("__metadata__").GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"'{twice.Key}' cannot name another tensor of {path}", nameof(tensors));
        }
        // Wide elements first keeps every tensor aligned to its element size; then by name, so that equal models give equal files.
        var ordered = tensors.OrderByDescending(pair => WrittenType(pair.Value, floats).Size()).ThenBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
            {
                WriteHeader(stream, ordered, metadata ?? new Dictionary<string, string> { ["format"] = "pt" }, floats);
                foreach (var (_, tensor) in ordered) WriteData(stream, tensor, WrittenType(tensor, floats));
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>The type that a tensor is written in where real numbers are written in <paramref name="floats"/>.</summary>
    public static DType WrittenType(Tensor tensor, DType? floats) => floats is { } dtype && tensor.DType.IsFloat() ? dtype : tensor.DType;

    private static void WriteHeader(
        Stream stream, List<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string> metadata, DType? floats)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(key, value);
            json.WriteEndObject();
            long start = 0;
            foreach (var (name, tensor) in tensors)
            {
                var dtype = WrittenType(tensor, floats);
                long end = start + tensor.Elements * dtype.Size();
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsHeader.NameOf(dtype));
                json.WriteStartArray("shape");
                foreach (long size in tensor.Shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(start);
                json.WriteNumberValue(end);
                json.WriteEndArray();
                json.WriteEndObject();
                start = end;
            }
            json.WriteEndObject();
        }
        int padded = (buffer.WrittenCount + 7) & ~7;
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)padded);
        stream.Write(prefix);
        stream.Write(buffer.WrittenSpan);
        for (int i = buffer.WrittenCount; i < padded; i++) stream.WriteByte((byte)' ');
    }

    private static void WriteData(Stream stream, Tensor tensor, DType dtype)
    {
        using var scope = new TensorScope();
        var (data, length) = tensor.Detach().To(dtype).To(Device.Cpu).Contiguous().Memory;
        for (long done = 0; done < length; done += Piece)
        {
            stream.Write(new ReadOnlySpan<byte>((byte*)data + done, (int)Math.Min(Piece, length - done)));
        }
    }
}
