using System.IO.Compression;
using System.Text;
using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>A file of torch.save: its pickle changes within a whole .zip, or the .zip does.</summary>
[FileKind("bin", Summary = "torch.save")]
public sealed class TorchKind : FileKind
{
    private const string Pickle = "data.pkl";

    private static readonly ZipKind Zip = new();

    // Opcodes, some with arguments.
    private static readonly string[] Codes =
    [
        "\x80\x02", "\x80\x05", ".", "(", "}", "]", ")", "t", "\x85", "\x86", "\x87", "R", "Q", "s", "u", "e", "a", "d", "l", "0", "1", "2", "b", "o", "i", "N", "\x88", "\x89",
        "cos\nsystem\n", "cbuiltins\neval\n", "ctorch\nFloatStorage\n", "ctorch\nDoubleStorage\n", "ctorch._utils\n_rebuild_tensor_v2\n", "ccollections\nOrderedDict\n",
        "X\x04\0\0\0name", "X\xff\xff\xff\x7f", "X\xff\xff\xff\xff", "\x8d\xff\xff\xff\xff\xff\xff\xff\x7f", "B\xff\xff\xff\x7f", "K\u0005", "M\x05\0", "J\xff\xff\xff\xff", "J\0\0\0\0",
        "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", "\x8a\xff", "\x8b\xff\xff\xff\x7f", "q\0", "h\0", "h\xff", "r\xff\xff\xff\x7f", "j\xff\xff\xff\xff", "\x94", "\x93", "\x81", "\x92",
        "\x95\xff\xff\xff\xff\xff\xff\xff\xff", "G\x7f\xf0\0\0\0\0\0\0", "I01\n", "L5L\n", "S'a'\n", "P0\n", "U\xff" + "a", "((((((((", "}}}}}}}}",
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations { get; } =
        [InPickle(AnyByte), InPickle(AnyByte), InPickle(PutCode), InPickle(PutCode), InPickle(SetNumber), InPickle(SetNumber), .. Zip.Mutations];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } = [.. Codes, .. Zip.Words];

    /// <inheritdoc/>
    public override byte[] Repair(byte[] file) => Zip.Repair(file);

    /// <summary>A .zip of entries that are stored as they are.</summary>
    internal static byte[] Stored(IEnumerable<(string Name, byte[] Content)> entries)
    {
        var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in entries)
            {
                var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
                entry.LastWriteTime = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var stream = entry.Open();
                stream.Write(content);
            }
        return file.ToArray();
    }

    private static Mutation InPickle(Mutation mutation) => (file, random) =>
        Entries(file) is { } entries ? Stored(entries.Select(entry => entry.Name.EndsWith(Pickle, StringComparison.Ordinal) ? (entry.Name, mutation(entry.Content, random)) : entry)) : file;

    private static byte[] AnyByte(byte[] pickle, Random random) => ByteMutations.All[random.Next(ByteMutations.All.Count)](pickle, random);

    private static byte[] PutCode(byte[] pickle, Random random) =>
        ByteMutations.PutWord(pickle, Encoding.Latin1.GetBytes(Codes[random.Next(Codes.Length)]), random);

    // The argument of an opcode that has a whole number of one byte (K) or four (J).
    private static byte[] SetNumber(byte[] pickle, Random random)
    {
        var numbers = Enumerable.Range(0, Math.Max(0, pickle.Length - 4)).Where(at => pickle[at] is (byte)'K' or (byte)'J').ToArray();
        if (numbers.Length == 0)
            return pickle;
        var at = numbers[random.Next(numbers.Length)];
        var argument = new byte[4];
        Integers.Write(argument, 4, bigEndian: false, Integers.Next(random));
        return ByteMutations.Replaced(pickle, at, pickle[at] == 'K' ? 2 : 5, [(byte)'J', .. argument]);
    }

    private static List<(string Name, byte[] Content)>? Entries(byte[] file)
    {
        try
        {
            using var zip = new ZipArchive(new MemoryStream(file), ZipArchiveMode.Read);
            return [.. zip.Entries.Where(entry => entry.Length <= file.Length && entry.FullName.Length > 0).Select(entry => (entry.FullName, Content(entry)))];
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException or ArgumentException)
        {
            return null;
        }
    }

    private static byte[] Content(ZipArchiveEntry entry)
    {
        var content = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(content);
        return content;
    }
}
