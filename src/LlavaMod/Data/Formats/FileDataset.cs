using System.Buffers;
using System.Text.Json;
using LlavaMod.Data.Images;

namespace LlavaMod.Data.Formats;

/// <summary>
/// Rows of a JSON file as samples. Opening finds where the rows lie, on disk and not in memory, and looks at the first of them; a row is read
/// and parsed when it is asked for.
/// </summary>
internal sealed class FileDataset<T> : IDataset<T> where T : class
{
    /// <summary>Files up to this size are checked whole when they are opened, so that a broken row shows before anything is trained.</summary>
    public const long CheckedWhole = 16 << 20;

    private const int CheckedFirst = 1000;

    private readonly string file;
    private readonly RowParser<T> parse;
    private readonly FileStream stream;
    private readonly DateTime written;
    private readonly DiskList<RowSpan> rows = new();

    /// <exception cref="UserError">
    /// The file cannot be read, holds no row, or none of its first rows can be used; or rows looked at are broken, and more than the options
    /// let pass.
    /// </exception>
    public FileDataset(string path, IImageSource images, RowParser<T> parse, int? limit, OnError onError, double maxErrorShare)
    {
        (this.parse, Images, file) = (parse, images, Path.GetFileName(path));
        stream = FileWindow.Open(path, file);
        written = File.GetLastWriteTimeUtc(stream.SafeFileHandle);
        try
        {
            ContentHash = JsonRows.Index(path, file, limit, rows);
            Broken = rows.Count > 0 ? new BrokenRows(rows.Count, onError, maxErrorShare) : throw new UserError($"{path}: holds no row");
            CheckStart();
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

    public BrokenRowException Reject(int index, string? id, string reason) => Broken.Add(index, new DataError(file, rows[index].Row, id, reason));

    public void Dispose()
    {
        stream.Dispose();
        rows.Dispose();
        Images.Dispose();
    }

    // A wrong format or image folder shows at once, however long the file is.
    private void CheckStart()
    {
        var looked = stream.Length <= CheckedWhole ? Count : Math.Min(CheckedFirst, Count);
        var usable = 0;
        for (var i = 0; i < looked; i++)
            usable += this.UsableAt(i) is null ? 0 : 1;
        if (usable == 0)
            throw new UserError($"{file}: holds no usable row among the first {looked:N0}; the first of them: {Broken.First[0]}");
    }

    private ReadOnlyMemory<byte> Read(RowSpan span, byte[] bytes)
    {
        if (File.GetLastWriteTimeUtc(stream.SafeFileHandle) != written)
            throw new UserError($"{file}: the file has changed since it was opened; run again with a file that nobody writes");
        if (span.Length > RowSpan.Largest)
            throw new RowException(null, $"larger than {RowSpan.Largest:N0} bytes");
        return bytes.AsMemory(0, RandomAccess.Read(stream.SafeFileHandle, bytes.AsSpan(0, span.Length), span.Offset));
    }

    private T Parse(RowSpan span, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 32 });
            return parse(document.RootElement, $"{span.Row}", Images);
        }
        catch (JsonException e)
        {
            throw new RowException(null, $"not JSON: {e.Message.ReplaceLineEndings(" ")}");
        }
    }
}

/// <summary>Makes a sample of a row.</summary>
/// <param name="row">The row.</param>
/// <param name="fallbackId">The id of a row that has none of its own.</param>
/// <param name="images">The pictures that it may name.</param>
/// <exception cref="RowException">The row is broken.</exception>
internal delegate T RowParser<out T>(JsonElement row, string fallbackId, IImageSource images);

/// <summary>Why a row cannot be used.</summary>
internal sealed class RowException(string? id, string reason) : Exception(reason)
{
    public string? Id { get; } = id;
}
