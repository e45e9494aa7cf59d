using System.Buffers.Binary;
using LlavaMod.Data.Images;

namespace LlavaMod.Teachers;

/// <summary>
/// A file of records: 8 bytes that say so, then for each sample the length of its distributions in bytes and its number of positions (UInt32 each), its key
/// (16 bytes, big-endian), its distributions (<see cref="SparseCode"/>), and the CRC-32 of all that.
/// </summary>
internal static class CacheShard
{
    /// <summary>Bytes of a record around its distributions.</summary>
    public const int Overhead = Head + sizeof(uint);

    /// <summary>Most bytes of a sample's distributions.</summary>
    public const int MostBytes = 64 << 20;

    private const int Head = 2 * sizeof(uint) + CacheKey.Bytes;

    /// <summary>What a shard begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "LMCACHE1"u8;

    /// <summary>The file of a number in a folder.</summary>
    public static string PathOf(string folder, int number) => Path.Combine(folder, $"shard-{number:00000}.bin");

    /// <summary>The numbers of the shards in a folder, rising.</summary>
    public static int[] NumbersIn(string folder) =>
    [
        .. Directory.GetFiles(folder, "shard-*.bin").Select(file => int.TryParse(Path.GetFileNameWithoutExtension(file)["shard-".Length..], out int number) ? number : -1)
            .Where(number => File.Exists(PathOf(folder, number))).Order(),
    ];

    /// <summary>A record's bytes.</summary>
    public static byte[] Write(UInt128 key, int positions, byte[] distributions)
    {
        byte[] record = new byte[distributions.Length + Overhead];
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)distributions.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(sizeof(uint)), (uint)positions);
        BinaryPrimitives.WriteUInt128BigEndian(record.AsSpan(2 * sizeof(uint)), key);
        distributions.CopyTo(record, Head);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(record.Length - sizeof(uint)), Crc32.Of(record.AsSpan(0, record.Length - sizeof(uint))));
        return record;
    }

    /// <summary>The distributions in a record that was read whole.</summary>
    /// <param name="record">Its bytes.</param>
    /// <param name="key">Whose it should be.</param>
    /// <param name="path">The file, for messages.</param>
    /// <param name="offset">Where in it, for messages.</param>
    /// <exception cref="UserError">The record is damaged, or another sample's.</exception>
    public static byte[] Read(byte[] record, UInt128 key, string path, long offset)
    {
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(record.Length - sizeof(uint)));
        uint computed = Crc32.Of(record.AsSpan(0, record.Length - sizeof(uint)));
        if (stored != computed) throw Damaged(path, $"the record at byte {offset} has checksum {stored:x8}, its bytes have {computed:x8}");
        return KeyOf(record) == key ? record[Head..^sizeof(uint)] : throw Damaged(path, $"the record at byte {offset} is not the sample's that the index says");
    }

    /// <summary>The records of a shard, checked.</summary>
    /// <param name="folder">The cache.</param>
    /// <param name="number">Which.</param>
    /// <param name="last">Whether it is the last: a record that a stopped process has left unfinished may end it.</param>
    /// <returns>The records, and where the last whole one ends.</returns>
    /// <exception cref="UserError">The shard is damaged.</exception>
    public static (List<(UInt128 Key, CacheEntry Entry)> Records, long End) Scan(string folder, int number, bool last)
    {
        string path = PathOf(folder, number);
        var records = new List<(UInt128, CacheEntry)>();
        using var stream = File.OpenRead(path);
        byte[] head = new byte[Head];
        if (stream.ReadAtLeast(head.AsSpan(0, Magic.Length), Magic.Length, throwOnEndOfStream: false) < Magic.Length)
            return last ? (records, 0) : throw Damaged(path, "it is shorter than its first 8 bytes");
        if (!head.AsSpan(0, Magic.Length).SequenceEqual(Magic)) throw Damaged(path, "it does not begin as a shard does");
        long end = stream.Position;
        while (end < stream.Length)
        {
            bool whole = stream.ReadAtLeast(head, Head, throwOnEndOfStream: false) == Head;
            long length = whole ? BinaryPrimitives.ReadUInt32LittleEndian(head) + (long)Overhead : 0;
            if (!whole || end + length > stream.Length)
            {
                if (last) break;
                throw Damaged(path, $"the record at byte {end} does not end in it");
            }
            if (length > MostBytes + Overhead) throw Damaged(path, $"the record at byte {end} has {length:N0} bytes; at most {MostBytes:N0} are possible");
            byte[] record = new byte[length];
            stream.Position = end;
            stream.ReadExactly(record);
            Read(record, KeyOf(record), path, end);
            records.Add((KeyOf(record), new CacheEntry(number, end, (int)length, (int)BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(sizeof(uint))))));
            end += length;
        }
        return (records, end);
    }

    /// <summary>What to throw for a file that is not what it was.</summary>
    public static UserError Damaged(string path, string what) => new(
        $"{path}: damaged: {what}; delete this file, and the llavamod cache command that made the cache computes what is missing");

    private static UInt128 KeyOf(byte[] record) => BinaryPrimitives.ReadUInt128BigEndian(record.AsSpan(2 * sizeof(uint)));
}

/// <summary>Where a record lies.</summary>
/// <param name="Shard">The number of its shard.</param>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Positions">Its positions.</param>
internal readonly record struct CacheEntry(int Shard, long Offset, int Length, int Positions);
