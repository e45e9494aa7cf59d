using System.Buffers.Binary;
using LlavaMod.Data.Images;
using LlavaMod.Runs;

namespace LlavaMod.Teachers;

/// <summary>
/// Where each sample lies, by its key: index.bin, 8 bytes that say so, then for each sample, by rising keys, its key (16 bytes, big-endian) and the shard,
/// the first byte, the length and the number of positions of its record (UInt32 each), then the CRC-32 of all that.
/// </summary>
internal static class CacheIndex
{
    /// <summary>The file's name.</summary>
    public const string FileName = "index.bin";

    /// <summary>Bytes of a sample.</summary>
    public const int Entry = CacheKey.Bytes + 4 * sizeof(uint);

    private static ReadOnlySpan<byte> Magic => "LMINDEX1"u8;

    public static void Write(string folder, IReadOnlyDictionary<UInt128, CacheEntry> entries)
    {
        byte[] bytes = new byte[Magic.Length + entries.Count * (long)Entry + sizeof(uint)];
        Magic.CopyTo(bytes);
        int at = Magic.Length;
        foreach (var (key, entry) in entries.OrderBy(entry => entry.Key))
        {
            var target = bytes.AsSpan(at, Entry);
            BinaryPrimitives.WriteUInt128BigEndian(target, key);
            BinaryPrimitives.WriteUInt32LittleEndian(target[16..], (uint)entry.Shard);
            BinaryPrimitives.WriteUInt32LittleEndian(target[20..], (uint)entry.Offset);
            BinaryPrimitives.WriteUInt32LittleEndian(target[24..], (uint)entry.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(target[28..], (uint)entry.Positions);
            at += Entry;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), Crc32.Of(bytes.AsSpan(0, at)));
        AtomicFile.Write(Path.Combine(folder, FileName), stream => stream.Write(bytes));
    }

    /// <exception cref="UserError">It is missing or damaged.</exception>
    public static Dictionary<UInt128, CacheEntry> Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw CacheShard.Damaged(path, "it is missing");
        byte[] bytes = File.ReadAllBytes(path);
        long body = bytes.Length - Magic.Length - sizeof(uint);
        if (body < 0 || body % Entry != 0 || !bytes.AsSpan(0, Magic.Length).SequenceEqual(Magic)) throw CacheShard.Damaged(path, "it is no index");
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - sizeof(uint))), computed = Crc32.Of(bytes.AsSpan(0, bytes.Length - sizeof(uint)));
        if (stored != computed) throw CacheShard.Damaged(path, $"it has checksum {stored:x8}, its bytes have {computed:x8}");
        var entries = new Dictionary<UInt128, CacheEntry>((int)(body / Entry));
        for (int at = Magic.Length; at < bytes.Length - sizeof(uint); at += Entry)
        {
            var source = bytes.AsSpan(at, Entry);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(source[24..]);
            if (length is < CacheShard.Overhead or > CacheShard.MostBytes + CacheShard.Overhead) throw CacheShard.Damaged(path, $"a record of {length:N0} bytes");
            entries[BinaryPrimitives.ReadUInt128BigEndian(source)] = new CacheEntry(
                (int)BinaryPrimitives.ReadUInt32LittleEndian(source[16..]), BinaryPrimitives.ReadUInt32LittleEndian(source[20..]), (int)length,
                (int)BinaryPrimitives.ReadUInt32LittleEndian(source[28..]));
        }
        return entries;
    }
}
