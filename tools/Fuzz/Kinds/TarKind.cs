using System.Text;
using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>.tar: fields of the headers, blocks that move or vanish; checksums are made right again.</summary>
[FileKind("tar", Summary = ".tar")]
public sealed class TarKind : FileKind
{
    private const int Block = 512;
    private const int ChecksumAt = 148, ChecksumLength = 8;

    // Name, mode, size, time, checksum, type, link, magic, device, prefix.
    private static readonly (int At, int Length)[] Fields = [(0, 100), (100, 8), (124, 12), (124, 12), (136, 12), (148, 8), (156, 1), (156, 1), (157, 100), (257, 8), (329, 8), (345, 155)];

    private static readonly string[] Values =
    [
        "../outside/a.png", "/etc/passwd", "a/../../b", "77777777777\0", "00000000000\0", "-0000000001\0", "\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe",
        "L", "K", "x", "g", "S", "1", "2", "5", "7", "\0", " ", "ustar  \0", "99999999999\0", "00000001000\0", "00000000400 ",
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations { get; } = [SetField, SetField, SetField, DeleteBlock, DuplicateBlock];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } = ["ustar\0" + "00", "../", "30 path=../outside/a\n", "18446744073709551615 path=a\n", "20 size=99999999\n", "12 GNU.sparse.size=1\n"];

    /// <inheritdoc/>
    public override byte[] Repair(byte[] file)
    {
        var copy = (byte[])file.Clone();
        for (var at = 0; at + Block <= copy.Length; at += Block)
            if (copy.AsSpan(at + 257).StartsWith("ustar"u8))
                SetChecksum(copy.AsSpan(at, Block));
        return copy;
    }

    private static void SetChecksum(Span<byte> header)
    {
        header.Slice(ChecksumAt, ChecksumLength).Fill((byte)' ');
        var sum = 0;
        foreach (var value in header)
            sum += value;
        Encoding.Latin1.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[ChecksumAt..]);
    }

    private static byte[] SetField(byte[] file, Random random)
    {
        var headers = Enumerable.Range(0, file.Length / Block).Where(block => file.AsSpan((block * Block) + 257).StartsWith("ustar"u8)).ToArray();
        if (headers.Length == 0)
            return file;
        var copy = (byte[])file.Clone();
        var (at, length) = Fields[random.Next(Fields.Length)];
        var value = Encoding.Latin1.GetBytes(Values[random.Next(Values.Length)]);
        value.AsSpan(0, Math.Min(value.Length, length)).CopyTo(copy.AsSpan((headers[random.Next(headers.Length)] * Block) + at));
        return copy;
    }

    private static byte[] DeleteBlock(byte[] file, Random random) =>
        file.Length < Block ? file : ByteMutations.Replaced(file, random.Next(file.Length / Block) * Block, Block, []);

    private static byte[] DuplicateBlock(byte[] file, Random random)
    {
        if (file.Length < Block)
            return file;
        var from = random.Next(file.Length / Block) * Block;
        return ByteMutations.Replaced(file, random.Next(file.Length / Block) * Block, 0, file.AsSpan(from, Block));
    }
}
