using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LlavaMod.Data.Formats;

/// <summary>
/// Finds the samples of a WebDataset by the headers of its shards; pictures are not read. The hash is of every file's name and length and of
/// what texts say, so that packing the same files anew changes nothing; the pictures' bytes are not in it, as with other formats.
/// </summary>
internal sealed class ShardIndex(Shards shards, DiskList<ShardRow> rows, List<int> firsts) : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] buffer = new byte[1 << 16];
    private ShardRow open;
    private string? key;

    /// <summary>Lists the samples, and the number of the first of every shard.</summary>
    /// <returns>The hash of all shards in lower-case hex.</returns>
    /// <exception cref="UserError">A shard cannot be read or is broken.</exception>
    public string Build(int? limit)
    {
        var most = limit ?? int.MaxValue;
        for (var shard = 0; shard < shards.Count; shard++)
        {
            firsts.Add(rows.Count);
            using var handle = shards.Open(shard);
            var reader = new TarReader(handle, shards.Name(shard));
            while (reader.Next(out var entry))
                Add(entry, shard, handle, most);
            Close(most);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose() => hash.Dispose();

    private void Add(TarEntry entry, int shard, SafeFileHandle handle, int most)
    {
        if (ShardFile.Of(entry.Name) is not { } file)
            return;
        if (file.Key != key)
        {
            Close(most);
            (key, open) = (file.Key, new ShardRow(entry.Header, shard, 0));
        }
        open = open with { Files = open.Files + 1 };
        hash.AppendData(Encoding.UTF8.GetBytes($"{entry.Name}\0{entry.Length}\0"));
        if (file.IsText)
            Hash(handle, entry);
    }

    private void Close(int most)
    {
        if (key is not null && rows.Count < most)
            rows.Add(open);
        key = null;
    }

    private void Hash(SafeFileHandle handle, TarEntry entry)
    {
        for (long done = 0; done < entry.Length;)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.Length - done));
            if (RandomAccess.Read(handle, part, entry.Data + done) != part.Length)
                throw new UserError($"{shards.Name(open.Shard)}: the file has changed since it was opened; run again with files that nobody writes");
            hash.AppendData(part);
            done += part.Length;
        }
    }
}
