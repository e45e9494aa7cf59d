using System.Buffers.Binary;
using System.Text;
using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>WebP: chunks of RIFF move and change, sizes of the canvas and of the coded picture lie; lengths are made right again.</summary>
[FileKind("webp", Summary = "WebP")]
public sealed class WebpKind : FileKind
{
    private const int Header = 12;
    private const int SizeOfLossy = 6, SizeOfLossless = 1, SizeOfCanvas = 4;

    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations { get; } =
    [
        InChunks(SetSize), InChunks(SetSize), InChunks(ChangeData), InChunks(ChangeData), InChunks(Delete), InChunks(Duplicate), InChunks(Swap), InChunks(Retype), InChunks(Extend),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } =
        ["RIFF", "WEBP", "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP", "EXIF", "\x9d\x01\x2a", "\x2f", "\x0a\0\0\0", "\xff\xff\xff\xff"];

    /// <inheritdoc/>
    public override byte[] Repair(byte[] file) => Parse(file) is { } chunks ? Join(chunks) : file;

    private static Mutation InChunks(Action<List<(string Type, byte[] Data)>, Random> edit) => (file, random) =>
    {
        if (Parse(file) is not { Count: > 0 } chunks)
            return file;
        edit(chunks, random);
        return Join(chunks);
    };

    private static void SetSize(List<(string Type, byte[] Data)> chunks, Random random) => Edit(chunks, random, (type, data) =>
    {
        var at = type switch { "VP8 " => SizeOfLossy, "VP8L" => SizeOfLossless, _ => SizeOfCanvas } + (2 * random.Next(2));
        if (at + 4 > data.Length)
            return data;
        var copy = (byte[])data.Clone();
        Integers.Write(copy.AsSpan(at), random.Next(2) == 0 ? 2 : 4, bigEndian: false, Integers.Next(random));
        return copy;
    });

    private static void ChangeData(List<(string Type, byte[] Data)> chunks, Random random) =>
        Edit(chunks, random, (_, data) => ByteMutations.All[random.Next(ByteMutations.All.Count)](data, random));

    private static void Delete(List<(string Type, byte[] Data)> chunks, Random random) => chunks.RemoveAt(random.Next(chunks.Count));

    private static void Duplicate(List<(string Type, byte[] Data)> chunks, Random random) => chunks.Insert(random.Next(chunks.Count), chunks[random.Next(chunks.Count)]);

    private static void Swap(List<(string Type, byte[] Data)> chunks, Random random)
    {
        int a = random.Next(chunks.Count), b = random.Next(chunks.Count);
        (chunks[a], chunks[b]) = (chunks[b], chunks[a]);
    }

    private static void Retype(List<(string Type, byte[] Data)> chunks, Random random)
    {
        var at = random.Next(chunks.Count);
        chunks[at] = (new[] { "VP8 ", "VP8L", "VP8X", "ALPH", "ANMF", "EXIF" }[random.Next(6)], chunks[at].Data);
    }

    // Flags and a canvas before the picture: alpha, animation, profiles.
    private static void Extend(List<(string Type, byte[] Data)> chunks, Random random) =>
        chunks.Insert(0, ("VP8X", [(byte)random.Next(64), 0, 0, 0, (byte)random.Next(64), 0, 0, (byte)random.Next(64), 0, 0]));

    private static void Edit(List<(string Type, byte[] Data)> chunks, Random random, Func<string, byte[], byte[]> edit)
    {
        var at = random.Next(chunks.Count);
        chunks[at] = (chunks[at].Type, edit(chunks[at].Type, chunks[at].Data));
    }

    private static List<(string Type, byte[] Data)>? Parse(byte[] file)
    {
        if (file.Length < Header || !file.AsSpan().StartsWith("RIFF"u8))
            return null;
        var chunks = new List<(string, byte[])>();
        for (var at = Header; at + 8 <= file.Length;)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 4)), (uint)(file.Length - at - 8));
            chunks.Add((Encoding.Latin1.GetString(file, at, 4), file[(at + 8)..(at + 8 + length)]));
            at += 8 + length + (length & 1);
        }
        return chunks;
    }

    internal static byte[] Join(List<(string Type, byte[] Data)> chunks)
    {
        var file = new MemoryStream();
        var writer = new BinaryWriter(file, Encoding.Latin1);
        writer.Write("RIFF"u8);
        writer.Write(4 + chunks.Sum(chunk => 8 + chunk.Data.Length + (chunk.Data.Length & 1)));
        writer.Write("WEBP"u8);
        foreach (var (type, data) in chunks)
        {
            writer.Write(Encoding.Latin1.GetBytes(type));
            writer.Write(data.Length);
            writer.Write(data);
            if ((data.Length & 1) == 1)
                writer.Write((byte)0);
        }
        return file.ToArray();
    }
}
