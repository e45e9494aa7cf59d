using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using LlavaMod.Data.Images;
using LlavaMod.Runs;

namespace LlavaMod.Data.Formats;

/// <summary>
/// Rows of a JSON file as samples. Opening finds where the rows lie, and keeps that on disk and not in memory; a row is read and parsed when
/// it is asked for.
/// </summary>
internal sealed class FileDataset<T> : IDataset<T>, IStoredRows where T : class
{
    private readonly string file;
    private readonly RowParser<T> parse;
    private readonly string[] idFields;
    private readonly FileStream stream;
    private readonly DateTime written;
    private readonly bool isArray;
    private readonly DiskList<RowSpan> rows = new();

    /// <param name="options">Where the rows are, and what becomes of broken ones.</param>
    /// <param name="images">The pictures that they may name.</param>
    /// <param name="parse">Makes a sample of a row.</param>
    /// <param name="idFields">The fields of a row that may hold its id, the first one first.</param>
    /// <exception cref="UserError">The file cannot be read or holds no row.</exception>
    public FileDataset(RowFileOptions options, IImageSource images, RowParser<T> parse, params string[] idFields)
    {
        (this.parse, this.idFields, Images, file) = (parse, idFields, images, Path.GetFileName(options.Path));
        stream = FileWindow.Open(options.Path, file);
        written = File.GetLastWriteTimeUtc(stream.SafeFileHandle);
        try
        {
            using var window = new FileWindow(stream);
            isArray = JsonRows.Index(window, file, options.Limit, rows);
            ContentHash = window.ContentHash();
            Broken = rows.Count > 0 ? new BrokenRows(rows.Count, options.OnError, options.MaxErrorShare) : throw new UserError($"{options.Path}: holds no row");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Count => rows.Count;

    public IImageSource Images { get; }

    public string ContentHash { get; }

    public BrokenRows Broken { get; }

    public T this[int index]
    {
        get
        {
            var span = rows[index];
            var bytes = ArrayPool<byte>.Shared.Rent(Math.Min(span.Length, RowSpan.Largest));
            try
            {
                return Parse(span, Read(span, bytes));
            }
            catch (RowException e)
            {
                throw Reject(index, e.Id, e.Message);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(bytes);
            }
        }
    }

    public (string File, long Row) Place(int index) => (file, rows[index].Row);

    public BrokenRowException Reject(int index, string? id, string reason) => Broken.Add(index, new DataError(file, rows[index].Row, id, reason));

    public void Dispose()
    {
        stream.Dispose();
        rows.Dispose();
        Images.Dispose();
    }

    public long Fingerprint(int index)
    {
        var bytes = Bytes(rows[index]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash);
    }

    public void Copy(IEnumerable<int> indices, string path) => AtomicFile.Write(path, output =>
    {
        var buffered = new BufferedStream(output, 1 << 16); // not closed: the file is not ours
        buffered.Write(isArray ? "[\n"u8 : []);
        var first = true;
        foreach (var index in indices)
        {
            buffered.Write(first ? [] : isArray ? ",\n"u8 : "\n"u8);
            buffered.Write(Bytes(rows[index]));
            first = false;
        }
        buffered.Write(isArray ? "\n]\n"u8 : "\n"u8);
        buffered.Flush();
    });

    private byte[] Bytes(RowSpan span)
    {
        var bytes = new byte[span.Length];
        return bytes[..RandomAccess.Read(stream.SafeFileHandle, bytes, span.Offset)];
    }

    private ReadOnlyMemory<byte> Read(RowSpan span, byte[] bytes)
    {
        if (File.GetLastWriteTimeUtc(stream.SafeFileHandle) != written)
            throw new UserError($"{file}: the file has changed since it was opened; run again with a file that nobody writes");
        if (span.Length > RowSpan.Largest)
            throw new RowException($"larger than {RowSpan.Largest:N0} bytes");
        return bytes.AsMemory(0, RandomAccess.Read(stream.SafeFileHandle, bytes.AsSpan(0, span.Length), span.Offset));
    }

    private T Parse(RowSpan span, ReadOnlyMemory<byte> bytes)
    {
        string? id = null;
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 32 });
            id = ConversationRow.Id(document.RootElement, idFields);
            return parse(document.RootElement, id ?? $"{span.Row}", Images);
        }
        catch (RowException e)
        {
            throw new RowException(e.Message, id);
        }
        catch (JsonException e)
        {
            throw new RowException($"not JSON: {e.Message.ReplaceLineEndings(" ")}");
        }
        catch (InvalidOperationException e)
        {
            throw new RowException($"a text in it is not Unicode: {e.Message.ReplaceLineEndings(" ")}"); // half a surrogate pair, or bytes that are not UTF-8
        }
    }
}

/// <summary>Makes a sample of a row.</summary>
/// <param name="row">The row.</param>
/// <param name="id">The row's id, or its number where it has none.</param>
/// <param name="images">The pictures that it may name.</param>
/// <exception cref="RowException">The row is broken.</exception>
internal delegate T RowParser<out T>(JsonElement row, string id, IImageSource images);

/// <summary>Why a row cannot be used.</summary>
/// <param name="reason">The reason.</param>
/// <param name="id">The row's own id; null where it has none or the thrower does not know it.</param>
internal sealed class RowException(string reason, string? id = null) : Exception(reason)
{
    public string? Id { get; } = id;
}
