using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LlavaMod.Data;

/// <summary>A file in a .tar.</summary>
/// <param name="Name">With <c>/</c> between folders, without a leading <c>./</c>.</param>
/// <param name="Header">Where its headers begin, in bytes from the start of the archive.</param>
/// <param name="Data">Where its content begins.</param>
/// <param name="Length">Of its content, bytes.</param>
internal readonly record struct TarEntry(string Name, long Header, long Data, long Length)
{
    /// <summary>Where the next headers begin.</summary>
    public long End => Data + Padded(Length);

    /// <summary>The content; null where the archive ends within it. How long it may be is the caller's to say first.</summary>
    public byte[]? Read(SafeFileHandle archive)
    {
        var bytes = new byte[Length];
        return RandomAccess.Read(archive, bytes, Data) == bytes.Length ? bytes : null;
    }

    public static long Padded(long length) => (length + TarReader.Block - 1) / TarReader.Block * TarReader.Block;
}

/// <summary>
/// The files of a .tar in order, header after header, from any of them on: POSIX ustar and pax, and GNU's long names. Folders and links are
/// passed over. What a header claims is checked against the file before it is used.
/// </summary>
/// <param name="handle">The archive, open for reading.</param>
/// <param name="file">What messages call it.</param>
/// <param name="position">Where to begin: 0, or an entry's <see cref="TarEntry.Header"/>.</param>
internal sealed class TarReader(SafeFileHandle handle, string file, long position = 0)
{
    public const int Block = 512;

    private const int LongestName = 1 << 16;

    private static ReadOnlySpan<byte> Gzip => [0x1F, 0x8B];

    private readonly long length = RandomAccess.GetLength(handle);
    private readonly byte[] header = new byte[Block];

    /// <summary>Goes on to the next file; false at the archive's end.</summary>
    /// <exception cref="UserError">Cut short, or not a .tar.</exception>
    public bool Next(out TarEntry entry)
    {
        var begin = position;
        string? longName = null;
        long? longSize = null;
        while (ReadHeader())
        {
            var data = position + Block;
            var size = longSize ?? Number(header.AsSpan(124, 12));
            if (size < 0 || size > length - data)
                throw Broken($"a file of {size:N0} bytes begins at byte {position}, and the archive has {length:N0}; get the whole archive");
            position = data + TarEntry.Padded(size);
            switch ((char)header[156])
            {
                case '0' or '\0' or '7':
                    entry = new TarEntry(Plain(longName ?? Name()), begin, data, size);
                    return true;
                case 'L':
                    longName = Encoding.UTF8.GetString(Extension(data, size)).TrimEnd('\0');
                    continue;
                case 'x':
                    (longName, longSize) = Extended(Extension(data, size));
                    continue;
                case 'S':
                    throw Broken($"{Name()} is stored as a sparse file; make the archive without --sparse");
            }
            (begin, longName, longSize) = (position, null, null); // a folder, a link, or settings for the whole archive
        }
        entry = default;
        return false;
    }

    private bool ReadHeader()
    {
        if (RandomAccess.Read(handle, header, position) < Block)
            throw Broken($"it ends at byte {length} without the end mark of a .tar; get the whole archive");
        if (header.AsSpan().IndexOfAnyExcept((byte)0) < 0)
            return false;
        long sum = 8 * ' ';
        for (var i = 0; i < Block; i++)
            sum += i is >= 148 and < 156 ? 0 : header[i];
        if (position == 0 && header.AsSpan().StartsWith(Gzip))
            throw Broken("it is compressed; decompress it (gunzip): files are read from the middle of an archive");
        return sum == Number(header.AsSpan(148, 8)) ? true : throw Broken($"there is no header of a .tar at byte {position}");
    }

    // Octal digits, or, where the first bit is set, a big-endian number.
    private long Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
            return field.Length > 8 && field[0] == 0x80 && field[1..^8].IndexOfAnyExcept((byte)0) < 0 ? BinaryPrimitives.ReadInt64BigEndian(field[^8..]) : -1;
        long value = 0;
        foreach (var digit in field.Trim(" \0"u8))
            value = digit is >= (byte)'0' and <= (byte)'7' ? (value * 8) + digit - '0' : throw Broken($"there is no header of a .tar at byte {position}");
        return value;
    }

    private string Name()
    {
        var name = Text(header.AsSpan(0, 100));
        var prefix = header.AsSpan(257, 6).SequenceEqual("ustar\0"u8) ? Text(header.AsSpan(345, 155)) : "";
        return prefix.Length > 0 ? $"{prefix}/{name}" : name;
    }

    private static string Text(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field);

    private static string Plain(string name) => name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;

    private byte[] Extension(long data, long size)
    {
        if (size > LongestName)
            throw Broken($"the header at byte {data - Block} has {size:N0} bytes; at most {LongestName:N0} are read");
        var bytes = new byte[size];
        return RandomAccess.Read(handle, bytes, data) == size ? bytes : throw Broken($"it ends in the header at byte {data - Block}; get the whole archive");
    }

    // Records of "LENGTH KEY=VALUE\n".
    private (string? Name, long? Size) Extended(ReadOnlySpan<byte> records)
    {
        (string? name, long? size) = (null, null);
        while (!records.IsEmpty)
        {
            var space = records.IndexOf((byte)' ');
            if (space < 0 || !int.TryParse(records[..space], out var count) || count <= space + 1 || count > records.Length)
                throw Broken($"the extended header before byte {position} is broken");
            var record = Encoding.UTF8.GetString(records[(space + 1)..(count - 1)]);
            if (record.StartsWith("path=", StringComparison.Ordinal))
                name = record[5..];
            if (record.StartsWith("size=", StringComparison.Ordinal))
                size = long.TryParse(record.AsSpan(5), out var value) ? value : -1;
            records = records[count..];
        }
        return (name, size);
    }

    private UserError Broken(string reason) => new($"{file}: {reason}");
}
