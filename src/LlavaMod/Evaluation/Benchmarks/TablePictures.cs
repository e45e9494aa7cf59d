using LlavaMod.Data.Images;
using Microsoft.Win32.SafeHandles;

namespace LlavaMod.Evaluation.Benchmarks;

/// <summary>
/// Pictures that a table holds as base64, read one by one: those of MMBench together take hundreds of megabytes. A table that is compressed is
/// unpacked to a temporary file, which goes away with this. Safe to use from several threads.
/// </summary>
internal sealed class TablePictures : IDisposable
{
    private const long MostUnpacked = 4L << 30;

    private readonly Lazy<SafeFileHandle> file;

    /// <param name="path">The table.</param>
    public TablePictures(string path) => file = new Lazy<SafeFileHandle>(() => Seekable(path));

    /// <summary>A row of the table, read again.</summary>
    /// <exception cref="UserError">It cannot be read, or is longer than any picture.</exception>
    public TableRow Row(TablePlace place)
    {
        long length = place.End - place.Start;
        if (length > TableRow.LongestCell) throw place.Complaint($"has {length:N0} bytes; at most {TableRow.LongestCell:N0} are read");
        byte[] bytes = new byte[length];
        try
        {
            for (int read = 0; read < bytes.Length;)
            {
                int more = RandomAccess.Read(file.Value, bytes.AsSpan(read), place.Start + read);
                read += more > 0 ? more : throw place.Complaint("is not there any more; was the table changed meanwhile?");
            }
        }
        catch (IOException exception)
        {
            throw place.Complaint($"cannot be read: {exception.Message}");
        }
        return TableRow.Again(place, bytes);
    }

    /// <summary>The bytes that base64 stands for.</summary>
    /// <exception cref="UserError">It is something else, or a picture that is too large.</exception>
    public static byte[] Decode(string base64, Func<string, UserError> complaint)
    {
        long most = ImageLimits.Default.MaxBytes;
        if (base64.Length / 4 * 3L > most + 3) throw complaint($"has a picture of more than {most:N0} bytes");
        try
        {
            return Convert.FromBase64String(base64);
        }
        catch (FormatException)
        {
            throw complaint("has a picture that is no base64");
        }
    }

    /// <summary>Closes the table.</summary>
    public void Dispose()
    {
        if (file.IsValueCreated) file.Value.Dispose();
    }

    private static SafeFileHandle Seekable(string path)
    {
        try
        {
            return path.EndsWith(".gz", StringComparison.Ordinal) ? Unpacked(path) : File.OpenHandle(path);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new UserError($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private static SafeFileHandle Unpacked(string path)
    {
        string name = Path.Combine(Path.GetTempPath(), $"llavamod-{Guid.NewGuid():N}.tsv");
        var handle = File.OpenHandle(name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        try
        {
            using var source = PublishedFile.OpenStream(path);
            byte[] buffer = new byte[1 << 20];
            long length = 0;
            for (int read; (read = source.Read(buffer)) > 0; length += read)
            {
                if (length + read > MostUnpacked) throw new UserError($"{path}: unpacks to more than {MostUnpacked:N0} bytes; not a benchmark's table");
                RandomAccess.Write(handle, buffer.AsSpan(0, read), length);
            }
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }
}
