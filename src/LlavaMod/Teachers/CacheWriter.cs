namespace LlavaMod.Teachers;

/// <summary>Writes a cache's shards, one record behind another; goes on behind the last whole record of a process that was stopped.</summary>
internal sealed class CacheWriter : IDisposable
{
    /// <summary>Bytes from which on the next record begins a new shard.</summary>
    public const long ShardBytes = 128L << 20;

    private readonly string folder;
    private readonly long shardBytes;
    private readonly Dictionary<UInt128, CacheEntry> entries = [];
    private FileStream? stream;
    private int shard;

    /// <summary>Opens a folder that is there, and checks what it holds.</summary>
    /// <param name="folder">The cache.</param>
    /// <param name="shardBytes">Bytes from which on the next record begins a new shard.</param>
    /// <exception cref="UserError">A shard is damaged.</exception>
    public CacheWriter(string folder, long shardBytes = ShardBytes)
    {
        (this.folder, this.shardBytes) = (folder, shardBytes);
        var numbers = CacheShard.NumbersIn(folder);
        foreach (int number in numbers)
        {
            bool last = number == numbers[^1];
            var (records, end) = CacheShard.Scan(folder, number, last);
            foreach (var (key, entry) in records) entries.TryAdd(key, entry);
            if (last) GoOn(number, end);
        }
    }

    /// <summary>Samples that are there.</summary>
    public int Count => entries.Count;

    /// <summary>Their positions.</summary>
    public long Positions => entries.Values.Sum(entry => (long)entry.Positions);

    /// <summary>Whether a sample is there.</summary>
    public bool Contains(UInt128 key) => entries.ContainsKey(key);

    /// <summary>Adds a sample.</summary>
    public void Add(UInt128 key, IReadOnlyList<SparseDistribution> positions)
    {
        byte[] record = CacheShard.Write(key, positions.Count, SparseCode.Write(positions));
        if (record.Length > CacheShard.MostBytes + CacheShard.Overhead)
            throw new UserError($"a sample's distributions take {record.Length:N0} bytes, at most {CacheShard.MostBytes:N0} are possible; lower --max-length, --top or --draws");
        if (stream is { } full && full.Length >= shardBytes) Roll();
        stream ??= Begin();
        entries.Add(key, new CacheEntry(shard, stream.Position, record.Length, positions.Count));
        stream.Write(record);
    }

    /// <summary>Hands what was added to the system: a process that is killed then loses none of it.</summary>
    public void Flush() => stream?.Flush();

    /// <summary>Brings all to the disk and writes the index.</summary>
    /// <returns>The bytes of shards and index.</returns>
    public long Finish()
    {
        stream?.Flush(flushToDisk: true);
        CacheIndex.Write(folder, entries);
        return Directory.GetFiles(folder, "*.bin").Sum(file => new FileInfo(file).Length);
    }

    private void GoOn(int number, long end)
    {
        shard = number;
        stream = new FileStream(CacheShard.PathOf(folder, number), FileMode.Open, FileAccess.Write, FileShare.Read);
        stream.SetLength(end);
        stream.Position = end;
        if (end == 0) stream.Write(CacheShard.Magic);
    }

    private void Roll()
    {
        stream!.Flush(flushToDisk: true);
        stream.Dispose();
        stream = null;
        shard++;
    }

    private FileStream Begin()
    {
        var begun = new FileStream(CacheShard.PathOf(folder, shard), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        begun.Write(CacheShard.Magic);
        return begun;
    }

    public void Dispose() => stream?.Dispose();
}
