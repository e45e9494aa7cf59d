using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>BMP: any field of its two headers.</summary>
[FileKind("bmp", Summary = "BMP")]
public sealed class BmpKind : FileKind
{
    private const int Headers = 54;

    // Where fields of two or four bytes begin: sizes, offset of the pixels, planes, depth, compression, colours.
    private static readonly (int At, int Width)[] Fields =
        [(2, 4), (10, 4), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2), (28, 2), (30, 4), (30, 4), (34, 4), (46, 4), (50, 4)];

    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations { get; } = [SetField, SetField];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } = ["BM", "\x28\0\0\0", "\x0c\0\0\0", "\x6c\0\0\0", "\x7c\0\0\0", "\0\0", "\0\x01", "\0\x02\xff\xff", "\x18\0", "\x01\0\x08\0"];

    private static byte[] SetField(byte[] file, Random random)
    {
        if (file.Length < Headers)
            return file;
        var copy = (byte[])file.Clone();
        var (at, width) = Fields[random.Next(Fields.Length)];
        Integers.Write(copy.AsSpan(at), width, bigEndian: false, Integers.Next(random));
        return copy;
    }
}
