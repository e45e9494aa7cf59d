using LlavaMod.Data.Images;

namespace LlavaMod.Data.Formats;

/// <summary>
/// The pictures in a dataset's shards. A name says where its picture lies, <c>SHARD@BYTE/FILE</c>, so that no table of millions of names is
/// needed; it is used only if there is a file of that name at that place.
/// </summary>
internal sealed class ShardImages(Shards shards) : IImageSource
{
    public static string NameOf(string shard, TarEntry entry) => $"{shard}@{entry.Header}/{entry.Name}";

    public bool Contains(string name) => Locate(name, out _, out _);

    public byte[] Read(string name)
    {
        if (!Locate(name, out var shard, out var entry))
            throw new UserError($"the shards have no image '{name}'");
        if (entry.Length > ImageLimits.Default.MaxBytes)
            throw new UserError($"the image '{name}' has {entry.Length:N0} bytes; at most {ImageLimits.Default.MaxBytes:N0} are read");
        using var handle = shards.Open(shard);
        return entry.Read(handle) ?? throw new UserError($"the image '{name}' is cut short; get the whole shard");
    }

    public void Dispose()
    {
    }

    private bool Locate(string name, out int shard, out TarEntry entry)
    {
        (shard, entry) = (-1, default);
        var slash = name.IndexOf('/');
        var at = slash < 0 ? -1 : name.LastIndexOf('@', slash);
        if (at < 0 || !long.TryParse(name.AsSpan(at + 1, slash - at - 1), out var header) || header < 0 || (shard = shards.Find(name.AsSpan(0, at))) < 0)
            return false;
        using var handle = shards.Open(shard);
        return header < RandomAccess.GetLength(handle)
            && new TarReader(handle, shards.Name(shard), header).Next(out entry)
            && entry.Header == header && name.AsSpan(slash + 1).SequenceEqual(entry.Name);
    }
}
