using System.Text.Json;
using LlavaMod.Data.Images;
using Microsoft.Win32.SafeHandles;

namespace LlavaMod.Data.Formats;

/// <summary>
/// Rows of a JSON file as samples. Opening reads and checks every row once and keeps only where the rows lie; a sample is read from the
/// file when it is asked for.
/// </summary>
internal sealed class FileDataset<T> : IDataset<T> where T : class
{
    private readonly SafeFileHandle handle;
    private readonly string file;
    private readonly DateTime written;
    private readonly RowParser<T> parse;
    private readonly List<RowSpan> rows = [];

    /// <exception cref="UserError">
    /// The file cannot be read, holds no row, or rows are broken, and more than its options let pass.
    /// </exception>
    public FileDataset(string path, IImageSource images, RowParser<T> parse, int? limit, OnError onError, double maxErrorShare)
    {
        (this.parse, Images, file) = (parse, images, Path.GetFileName(path));
        using (var reader = new JsonRows(path, file))
        {
            foreach (var (span, _) in reader.Read())
            {
                if (rows.Count == limit)
                    break;
                rows.Add(span);
            }
            ContentHash = reader.ContentHash();
        }
        if (rows.Count == 0)
            throw new UserError($"{path}: holds no row");
        Broken = new BrokenRows(rows.Count, onError, maxErrorShare);
        handle = File.OpenHandle(path);
        written = File.GetLastWriteTimeUtc(handle);
        for (var i = 0; i < rows.Count; i++)
            this.UsableAt(i);
    }

    public int Count => rows.Count;

    public IImageSource Images { get; }

    public string ContentHash { get; }

    public BrokenRows Broken { get; }

    public T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            if (File.GetLastWriteTimeUtc(handle) != written)
                throw new UserError($"{file}: the file has changed since it was opened; run again with a file that nobody writes");
            var span = rows[index];
            var bytes = new byte[span.Length];
            try
            {
                return Parse(span, bytes.AsMemory(0, RandomAccess.Read(handle, bytes, span.Offset)));
            }
            catch (RowException e)
            {
                throw Reject(index, e.Id, e.Message);
            }
        }
    }

    public BrokenRowException Reject(int index, string? id, string reason) => Broken.Add(index, new DataError(file, rows[index].Row, id, reason));

    public void Dispose()
    {
        handle.Dispose();
        Images.Dispose();
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
