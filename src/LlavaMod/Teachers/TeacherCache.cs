using LlavaMod.Training;
using Microsoft.Win32.SafeHandles;

namespace LlavaMod.Teachers;

/// <summary>A teacher cache on disk, read while a stage trains. Safe to use from several threads.</summary>
public sealed class TeacherCache : IDisposable
{
    private readonly Dictionary<UInt128, CacheEntry> entries;
    private readonly Dictionary<int, SafeFileHandle> shards;
    private readonly byte[] settings;
    private readonly CacheTail tail;
    private readonly string folder;

    private TeacherCache(string folder, CacheManifest manifest)
    {
        (this.folder, Manifest) = (folder, manifest);
        (settings, tail) = (manifest.Settings.Hash(), CacheSampling.TailOf(manifest.Settings.Tail));
        entries = CacheIndex.Read(folder);
        shards = CacheShard.NumbersIn(folder).ToDictionary(number => number, number => File.OpenHandle(CacheShard.PathOf(folder, number)));
    }

    /// <summary>What it says of itself.</summary>
    public CacheManifest Manifest { get; }

    /// <summary>Opens a cache.</summary>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="UserError">There is none, its making has not ended, or it is damaged.</exception>
    public static TeacherCache Open(string folder)
    {
        var manifest = CacheManifest.Read(folder);
        return manifest.Complete
            ? new TeacherCache(folder, manifest)
            : throw new UserError($"{Path.Combine(folder, CacheManifest.FileName)}: the cache is not complete; the llavamod cache command that began it goes on");
    }

    /// <summary>What the teacher said at the response positions of a sample, in order.</summary>
    /// <param name="sample">The sample.</param>
    /// <exception cref="UserError">The cache does not hold the sample, or what it holds is damaged.</exception>
    public SparseSample Find(TrainingSample sample)
    {
        var key = CacheKey.Of(settings, sample);
        if (!entries.TryGetValue(key, out var entry))
        {
            throw new UserError($"{folder}: the cache has no sample {sample.Chosen.Id} of {sample.Source} with these words and pictures; "
                + $"llavamod cache {Manifest.Model} with the stage's data and --out {folder} adds what is missing");
        }
        return new SparseSample(Manifest.Settings.Rows, Array.ConvertAll(Read(key, entry), position => position.Under(tail)));
    }

    private SparseDistribution[] Read(UInt128 key, CacheEntry entry)
    {
        string path = CacheShard.PathOf(folder, entry.Shard);
        if (!shards.TryGetValue(entry.Shard, out var shard)) throw CacheShard.Damaged(path, "it is missing");
        byte[] record = new byte[entry.Length];
        if (RandomAccess.Read(shard, record, entry.Offset) != record.Length) throw CacheShard.Damaged(path, $"it ends within the record at byte {entry.Offset}");
        try
        {
            return SparseCode.Read(CacheShard.Read(record, key, path, entry.Offset), Manifest.Settings.Rows);
        }
        catch (InvalidDataException exception)
        {
            throw CacheShard.Damaged(path, $"the record at byte {entry.Offset}: {exception.Message}");
        }
    }

    /// <summary>Closes its files.</summary>
    public void Dispose()
    {
        foreach (var shard in shards.Values) shard.Dispose();
    }
}
