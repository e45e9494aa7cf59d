using System.Text.Json;
using LlavaMod.Data.Images;
using Microsoft.Win32.SafeHandles;

namespace LlavaMod.Data.Formats;

/// <summary>
/// Rows of a JSON file as samples. Opening reads and checks every row once and keeps only where the rows lie; a sample is read from the
/// file when it is asked for.
/// </summary>
internal sealed class FileDataset<T> : IDataset<T>
{
    private readonly SafeFileHandle handle;
    private readonly string file;
    private readonly RowParser<T> parse;
    private readonly List<RowSpan> rows = [];
    private readonly List<DataError> errors = [];

    /// <exception cref="UserError">
    /// The file cannot be read, holds no row, or (with <see cref="RowErrors.Fail"/>) a row of it is broken.
    /// </exception>
    public FileDataset(string path, IImageSource images, RowParser<T> parse, int? limit, RowErrors policy)
    {
        (this.parse, Images, file) = (parse, images, Path.GetFileName(path));
        using (var reader = new JsonRows(path, file))
        {
            foreach (var (span, bytes) in reader.Read())
            {
                if (rows.Count == limit)
                    break;
                Check(span, bytes, policy);
            }
            ContentHash = reader.ContentHash();
        }
        if (rows.Count == 0)
        {
            var broken = errors.Count > 0 ? $"; the first of {errors.Count} broken ones: {errors[0]}" : "";
            throw new UserError($"{path}: holds no usable row{broken}");
        }
        handle = File.OpenHandle(path);
    }

    public int Count => rows.Count;

    public IImageSource Images { get; }

    public string ContentHash { get; }

    public IReadOnlyList<DataError> Errors => errors;

    public T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var span = rows[index];
            var bytes = new byte[span.Length];
            try
            {
                return Parse(span, bytes.AsMemory(0, RandomAccess.Read(handle, bytes, span.Offset)));
            }
            catch (RowException e)
            {
                throw new UserError($"{file}: row {span.Row}: the file has changed since it was opened: {e.Message}", e);
            }
        }
    }

    public void Dispose()
    {
        handle.Dispose();
        Images.Dispose();
    }

    private void Check(RowSpan span, ReadOnlyMemory<byte> bytes, RowErrors policy)
    {
        try
        {
            Parse(span, bytes);
            rows.Add(span);
        }
        catch (RowException e)
        {
            var error = new DataError(file, span.Row, e.Id, e.Message);
            if (policy == RowErrors.Fail)
                throw new UserError(error.ToString(), e);
            errors.Add(error);
        }
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
