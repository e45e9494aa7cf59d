using System.Buffers.Binary;
using System.Text;

namespace LlavaMod.Torch.Serialization;

/// <summary>
/// Where the entries of a .zip file lie, for files whose entries are stored as they are. .NET's own reader unpacks entries but does not say
/// where they begin, and tensors are to be read in place.
/// </summary>
internal static class StoredZip
{
    private const uint LocalHeader = 0x04034b50, Entry = 0x02014b50, End = 0x06054b50, End64 = 0x06064b50, End64Locator = 0x07064b50;
    private const int LocalBytes = 30, EntryBytes = 46, EndBytes = 22, End64Bytes = 56, LocatorBytes = 20;
    private const int MostComment = ushort.MaxValue;
    private const long MostDirectoryBytes = 64 << 20;

    /// <summary>The first byte and the length of every entry, by its full name.</summary>
    /// <exception cref="InvalidDataException">The file is not a whole .zip file, or packs or encrypts an entry.</exception>
    public static Dictionary<string, (long Start, long Length)> Read(FileBytes file)
    {
        var (start, length, count) = FindDirectory(file);
        if (length > MostDirectoryBytes) throw Bad(file, $"its directory of {length} bytes is longer than {MostDirectoryBytes}");
        var directory = new byte[length];
        file.Read(directory, start);
        var entries = new Dictionary<string, (long, long)>();
        int at = 0;
        for (long i = 0; i < count; i++)
        {
            var (name, place) = ReadEntry(file, directory, ref at, start);
            if (!entries.TryAdd(name, place)) throw Bad(file, $"it holds '{name}' twice");
        }
        return entries;
    }

    private static (long Start, long Length, long Count) FindDirectory(FileBytes file)
    {
        var tail = new byte[Math.Min(file.Length, EndBytes + MostComment)];
        long tailStart = file.Length - tail.Length;
        file.Read(tail, tailStart);
        int end = -1;
        for (int i = tail.Length - EndBytes; i >= 0 && end < 0; i--)
        {
            // The comment reaches to the end of the file, so that no comment can hold a second end.
            if (UInt(tail, i) == End && i + EndBytes + UShort(tail, i + 20) == tail.Length) end = i;
        }
        if (end < 0) throw Bad(file, "it has no directory at its end: not a .zip file, or cut short");
        long count = UShort(tail, end + 10), length = UInt(tail, end + 12), start = UInt(tail, end + 16), limit = tailStart + end;
        if (end >= LocatorBytes && UInt(tail, end - LocatorBytes) == End64Locator)
        {
            var record = new byte[End64Bytes];
            long place = Long(tail, end - LocatorBytes + 8);
            if (place < 0 || place > limit - LocatorBytes - End64Bytes) throw Bad(file, "its 64-bit directory lies outside it");
            file.Read(record, place);
            if (UInt(record, 0) != End64) throw Bad(file, "its 64-bit directory is damaged");
            (count, length, start, limit) = (Long(record, 32), Long(record, 40), Long(record, 48), place);
        }
        if (start < 0 || length < 0 || start > limit - length || count < 0 || count > length / EntryBytes)
        {
            throw Bad(file, $"its directory of {count} entries and {length} bytes does not fit it");
        }
        return (start, length, count);
    }

    private static (string Name, (long Start, long Length) Place) ReadEntry(FileBytes file, byte[] directory, ref int at, long limit)
    {
        if (at > directory.Length - EntryBytes || UInt(directory, at) != Entry) throw Bad(file, "its directory is damaged");
        int flags = UShort(directory, at + 8), method = UShort(directory, at + 10);
        long packed = UInt(directory, at + 20), length = UInt(directory, at + 24), header = UInt(directory, at + 42);
        int nameBytes = UShort(directory, at + 28), extraBytes = UShort(directory, at + 30), commentBytes = UShort(directory, at + 32);
        int next = at + EntryBytes + nameBytes + extraBytes + commentBytes;
        if (next > directory.Length) throw Bad(file, "its directory is damaged");
        string name = Encoding.UTF8.GetString(directory, at + EntryBytes, nameBytes);
        ReadWideNumbers(directory.AsSpan(at + EntryBytes + nameBytes, extraBytes), ref length, ref packed, ref header);
        if ((flags & 1) != 0 || method != 0 || packed != length) throw Bad(file, $"'{name}' in it is compressed or encrypted; PyTorch stores entries as they are");
        at = next;
        return (name, (DataOf(file, name, header, length, limit), length));
    }

    // The extra field 1 has, in this order, those of the numbers that did not fit in 32 bits.
    private static void ReadWideNumbers(ReadOnlySpan<byte> extra, ref long length, ref long packed, ref long header)
    {
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra), bytes = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (bytes > extra.Length - 4) return;
            if (id == 1)
            {
                var rest = extra.Slice(4, bytes);
                Widen(ref length, ref rest);
                Widen(ref packed, ref rest);
                Widen(ref header, ref rest);
                return;
            }
            extra = extra[(4 + bytes)..];
        }
    }

    private static void Widen(ref long number, ref ReadOnlySpan<byte> rest)
    {
        if (number != uint.MaxValue || rest.Length < 8) return;
        number = BinaryPrimitives.ReadInt64LittleEndian(rest);
        rest = rest[8..];
    }

    private static long DataOf(FileBytes file, string name, long header, long length, long limit)
    {
        if (header < 0 || header > limit - LocalBytes) throw Bad(file, $"'{name}' begins outside it");
        Span<byte> local = stackalloc byte[LocalBytes];
        file.Read(local, header);
        if (BinaryPrimitives.ReadUInt32LittleEndian(local) != LocalHeader) throw Bad(file, $"'{name}' is not where its directory says");
        long start = header + LocalBytes + BinaryPrimitives.ReadUInt16LittleEndian(local[26..]) + BinaryPrimitives.ReadUInt16LittleEndian(local[28..]);
        if (length < 0 || start > limit - length) throw Bad(file, $"'{name}' of {length} bytes does not fit it: cut short or damaged");
        return start;
    }

    private static int UShort(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint UInt(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static long Long(byte[] bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));

    private static InvalidDataException Bad(FileBytes file, string why) => new($"{file.Path}: {why}");
}
