using System.Buffers.Binary;
using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>.zip: fields of the local headers, of the directory and of its end; names that leave the folder; data with a right checksum.</summary>
[FileKind("zip", Summary = ".zip")]
public sealed class ZipKind : FileKind
{
    private const int LocalHeader = 30, DirectoryEntry = 46, DirectoryEnd = 22;
    private const int LocalChecksum = 14, LocalNameLength = 26, EntryChecksum = 16, EntryHeaderOffset = 42;

    // The fields of each record: where, and how wide.
    private static readonly (int At, int Width)[] LocalFields = [(4, 2), (6, 2), (8, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2)];
    private static readonly (int At, int Width)[] EntryFields =
        [(4, 2), (6, 2), (8, 2), (10, 2), (10, 2), (16, 4), (20, 4), (20, 4), (24, 4), (24, 4), (28, 2), (30, 2), (32, 2), (34, 2), (38, 4), (42, 4), (42, 4)];

    private static readonly (int At, int Width)[] EndFields = [(4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2)];

    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations { get; } =
    [
        Set("PK\x03\x04"u8, LocalFields), Set("PK\x01\x02"u8, EntryFields), Set("PK\x01\x02"u8, EntryFields), Set("PK\x05\x06"u8, EndFields),
        ChangeStored, ChangeStored, Rename,
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } =
        ["PK\x03\x04", "PK\x01\x02", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07", "PK\x07\x08", "../", "/", "\\", "\xff\xff\xff\xff", "\x01\0\x10\0", "\0"];

    /// <summary>Checksums of what is stored unpacked, in both headers.</summary>
    public override byte[] Repair(byte[] file)
    {
        var copy = (byte[])file.Clone();
        foreach (var entry in Records(copy, "PK\x01\x02"u8, DirectoryEntry))
            if (Stored(copy, entry) is var (local, data, length))
            {
                var crc = Checksum.Crc32(copy.AsSpan(data, length));
                BinaryPrimitives.WriteUInt32LittleEndian(copy.AsSpan(local + LocalChecksum), crc);
                BinaryPrimitives.WriteUInt32LittleEndian(copy.AsSpan(entry + EntryChecksum), crc);
            }
        return copy;
    }

    private static Mutation Set(ReadOnlySpan<byte> signature, (int At, int Width)[] fields)
    {
        var wanted = signature.ToArray();
        return (file, random) =>
        {
            if (Records(file, wanted, DirectoryEnd) is not { Count: > 0 } records)
                return file;
            var copy = (byte[])file.Clone();
            var (at, width) = fields[random.Next(fields.Length)];
            var start = records[random.Next(records.Count)] + at;
            if (start + width <= copy.Length)
                Integers.Write(copy.AsSpan(start), width, bigEndian: false, Integers.Next(random));
            return copy;
        };
    }

    // In place, so that offsets stay right; Repair sees to the checksum.
    private static byte[] ChangeStored(byte[] file, Random random)
    {
        var stored = Records(file, "PK\x01\x02"u8, DirectoryEntry).Select(entry => Stored(file, entry)).Where(found => found?.Length > 0).ToArray();
        if (stored.Length == 0)
            return file;
        var (_, data, length) = stored[random.Next(stored.Length)]!.Value;
        var part = ByteMutations.All[random.Next(ByteMutations.All.Count)](file[data..(data + length)], random);
        var copy = (byte[])file.Clone();
        part.AsSpan(0, Math.Min(part.Length, length)).CopyTo(copy.AsSpan(data));
        return copy;
    }

    private static byte[] Rename(byte[] file, Random random)
    {
        var copy = (byte[])file.Clone();
        foreach (var at in Records(file, "PK\x01\x02"u8, DirectoryEntry))
            if (random.Next(2) == 0 && at + DirectoryEntry + 3 < copy.Length)
                "../"u8.CopyTo(copy.AsSpan(at + DirectoryEntry));
        return copy;
    }

    private static List<int> Records(ReadOnlySpan<byte> file, ReadOnlySpan<byte> signature, int length)
    {
        var records = new List<int>();
        for (int at = 0, next; (next = file[at..].IndexOf(signature)) >= 0; at += next + 4)
            if (at + next + length <= file.Length)
                records.Add(at + next);
        return records;
    }

    // Where an entry's local header and its data are, and how much of it there is.
    private static (int Local, int Data, int Length)? Stored(byte[] file, int entry)
    {
        if (BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(entry + 10)) != 0)
            return null;
        long local = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(entry + EntryHeaderOffset));
        if (local + LocalHeader > file.Length)
            return null;
        long data = local + LocalHeader + BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan((int)local + LocalNameLength))
            + BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan((int)local + LocalNameLength + 2));
        long length = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(entry + 20));
        return data + length <= file.Length ? ((int)local, (int)data, (int)length) : null;
    }
}
