using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LlavaMod.Data.Images;
using LlavaMod.Runs;
using Microsoft.Win32.SafeHandles;

namespace LlavaMod.Data.Formats;

/// <summary>Samples of a WebDataset: opening lists where they lie, on disk and not in memory; one is read when it is asked for.</summary>
internal sealed class ShardDataset : IDataset<Sample>, IStoredRows
{
    private readonly Shards shards;
    private readonly SampleParser parse;
    private readonly DiskList<ShardRow> rows = new();
    private readonly List<int> firsts = [];

    /// <exception cref="UserError">A shard cannot be read or is broken, or there is no sample in any.</exception>
    public ShardDataset(string path, SampleParser parse, int? limit, OnError onError, double maxErrorShare)
    {
        (shards, this.parse) = (new Shards(path), parse);
        Images = new ShardImages(shards);
        try
        {
            using var index = new ShardIndex(shards, rows, firsts);
            ContentHash = index.Build(limit);
            Broken = rows.Count > 0 ? new BrokenRows(rows.Count, onError, maxErrorShare) : throw new UserError($"{path}: holds no sample");
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>Makes a sample of its files.</summary>
    /// <param name="key">The sample's key.</param>
    /// <param name="images">Its pictures, as <see cref="Images"/> names them.</param>
    /// <param name="text">Reads its file of an ending; null where it has none.</param>
    /// <exception cref="RowException">The sample is broken.</exception>
    public delegate Sample SampleParser(string key, string[] images, Func<string, byte[]?> text);

    public int Count => rows.Count;

    public IImageSource Images { get; }

    public string ContentHash { get; }

    public BrokenRows Broken { get; }

    public Sample this[int index]
    {
        get
        {
            var row = rows[index];
            using var handle = shards.Open(row.Shard);
            var files = Files(handle, row);
            var key = files[0].File.Key;
            try
            {
                string[] images = [.. files.Where(file => file.File.IsPicture).Select(file => ShardImages.NameOf(shards.Name(row.Shard), file.Entry))];
                return parse(key, images, ending => Text(handle, files, ending));
            }
            catch (RowException e)
            {
                throw Reject(index, key, e.Message);
            }
        }
    }

    public (string File, long Row) Place(int index)
    {
        var shard = rows[index].Shard;
        return (shards.Name(shard), index - firsts[shard] + 1);
    }

    public BrokenRowException Reject(int index, string? id, string reason)
    {
        var (file, row) = Place(index);
        return Broken.Add(index, new DataError(file, row, id, reason));
    }

    public long Fingerprint(int index)
    {
        var row = rows[index];
        using var handle = shards.Open(row.Shard);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        foreach (var (file, entry) in Files(handle, row))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{file.Ending}\0{entry.Length}\0"));
            for (long done = 0; done < entry.Length; done += buffer.Length)
                hash.AppendData(buffer, 0, RandomAccess.Read(handle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.Length - done)), entry.Data + done));
        }
        return BinaryPrimitives.ReadInt64LittleEndian(hash.GetHashAndReset());
    }

    public void Copy(IEnumerable<int> indices, string path)
    {
        if (shards.Count == 1)
        {
            AtomicFile.Write(path, output => Copy(0, indices, output));
            return;
        }
        AtomicFolder.Write(path, work =>
        {
            foreach (var shard in indices.GroupBy(index => rows[index].Shard))
            {
                using var output = File.Create(Path.Combine(work, shards.Name(shard.Key)));
                Copy(shard.Key, shard, output);
            }
        });
    }

    private void Copy(int shard, IEnumerable<int> indices, Stream output)
    {
        using var handle = shards.Open(shard);
        var buffer = new byte[1 << 16];
        foreach (var row in indices.Select(index => rows[index]))
        {
            var end = Files(handle, row)[^1].Entry.End;
            for (var at = row.Header; at < end; at += buffer.Length)
                output.Write(buffer, 0, RandomAccess.Read(handle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)), at));
        }
        output.Write(new byte[2 * TarReader.Block]); // the end mark
    }

    public void Dispose() => rows.Dispose();

    private List<(ShardFile File, TarEntry Entry)> Files(SafeFileHandle handle, ShardRow row)
    {
        var reader = new TarReader(handle, shards.Name(row.Shard), row.Header);
        var files = new List<(ShardFile File, TarEntry Entry)>();
        while (files.Count < row.Files && reader.Next(out var entry))
            if (ShardFile.Of(entry.Name) is { } file)
                files.Add((file, entry));
        return files;
    }

    private static byte[]? Text(SafeFileHandle handle, List<(ShardFile File, TarEntry Entry)> files, string ending)
    {
        var found = files.FindIndex(file => file.File.Ending == ending);
        if (found < 0)
            return null;
        var entry = files[found].Entry;
        if (entry.Length > RowSpan.Largest)
            throw new RowException($"its .{ending} is larger than {RowSpan.Largest:N0} bytes");
        return entry.Read(handle) ?? throw new RowException($"its .{ending} is cut short");
    }
}
