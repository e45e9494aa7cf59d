using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using LlavaMod.Fuzz.Mutations;

namespace LlavaMod.Fuzz.Kinds;

/// <summary>PNG: chunks move, change and multiply, sizes lie, packed rows change before they are packed; checksums are made right again.</summary>
[FileKind("png", Summary = "PNG")]
public sealed class PngKind : FileKind
{
    private const int BombSize = 3 << 20;

    private static readonly string[] Types = ["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "zTXt", "iCCP", "iTXt", "tEXt", "gAMA", "sBIT", "acTL", "fdAT", "eXIf", "abcd"];
    private static readonly Lazy<byte[]> Bomb = new(() => [.. "name\0\0"u8, .. PngChunk.Pack(new byte[BombSize])]);

    /// <inheritdoc/>
    public override IReadOnlyList<Mutation> Mutations { get; } =
    [
        InChunks(SetHeader), InChunks(SetHeader), InChunks(ChangeData), InChunks(ChangeRows), InChunks(Delete), InChunks(Duplicate), InChunks(Swap), InChunks(Retype),
        InChunks(PutBomb), InChunks(SplitData),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } = [.. Types, "\0\0\0\0IEND\xae\x42\x60\x82", "\x89PNG\r\n\x1a\n"];

    /// <inheritdoc/>
    public override byte[] Repair(byte[] file) => PngChunk.Parse(file) is { } chunks ? PngChunk.Join(chunks) : file;

    private static Mutation InChunks(Action<List<PngChunk>, Random> edit) => (file, random) =>
    {
        if (PngChunk.Parse(file) is not { Count: > 0 } chunks)
            return file;
        edit(chunks, random);
        return PngChunk.Join(chunks);
    };

    private static void SetHeader(List<PngChunk> chunks, Random random)
    {
        var data = (byte[])chunks[0].Data.Clone();
        if (data.Length != 13)
            return;
        if (random.Next(2) == 0)
            BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4 * random.Next(2)), (uint)Integers.Next(random));
        else
            data[8 + random.Next(5)] = (byte)random.Next(20);
        chunks[0] = chunks[0] with { Data = data };
    }

    private static void ChangeData(List<PngChunk> chunks, Random random) => Edit(chunks, random, data => ByteMutations.All[random.Next(ByteMutations.All.Count)](data, random));

    // The rows within IDAT: filter types and lengths.
    private static void ChangeRows(List<PngChunk> chunks, Random random)
    {
        var at = chunks.FindIndex(chunk => chunk.Type == "IDAT");
        if (at < 0 || PngChunk.Unpack(chunks[at].Data) is not { Length: > 0 } rows)
            return;
        chunks[at] = chunks[at] with { Data = PngChunk.Pack(ByteMutations.All[random.Next(ByteMutations.All.Count)](rows, random)) };
    }

    private static void Delete(List<PngChunk> chunks, Random random) => chunks.RemoveAt(random.Next(chunks.Count));

    private static void Duplicate(List<PngChunk> chunks, Random random)
    {
        var copies = random.Next(10) == 0 ? random.Next(1000) : 1;
        chunks.InsertRange(random.Next(chunks.Count), Enumerable.Repeat(chunks[random.Next(chunks.Count)], copies));
    }

    private static void Swap(List<PngChunk> chunks, Random random)
    {
        int a = random.Next(chunks.Count), b = random.Next(chunks.Count);
        (chunks[a], chunks[b]) = (chunks[b], chunks[a]);
    }

    private static void Retype(List<PngChunk> chunks, Random random)
    {
        var at = random.Next(chunks.Count);
        chunks[at] = chunks[at] with { Type = Types[random.Next(Types.Length)] };
    }

    private static void PutBomb(List<PngChunk> chunks, Random random) =>
        chunks.Insert(random.Next(chunks.Count), new PngChunk(random.Next(3) switch { 0 => "IDAT", 1 => "iCCP", _ => "zTXt" }, Bomb.Value));

    private static void SplitData(List<PngChunk> chunks, Random random)
    {
        var at = random.Next(chunks.Count);
        var (type, data) = (chunks[at].Type, chunks[at].Data);
        var cut = random.Next(data.Length + 1);
        chunks[at] = new PngChunk(type, data[..cut]);
        chunks.Insert(at + 1, new PngChunk(type, data[cut..]));
    }

    private static void Edit(List<PngChunk> chunks, Random random, Func<byte[], byte[]> edit)
    {
        var at = random.Next(chunks.Count);
        chunks[at] = chunks[at] with { Data = edit(chunks[at].Data) };
    }
}

/// <summary>One chunk of a PNG file.</summary>
internal sealed record PngChunk(string Type, byte[] Data)
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The chunks of a file, the last of which may be cut short; null where it is no PNG.</summary>
    public static List<PngChunk>? Parse(byte[] file)
    {
        if (!file.AsSpan().StartsWith(Signature))
            return null;
        var chunks = new List<PngChunk>();
        for (var at = Signature.Length; at + 8 <= file.Length;)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at)), (uint)(file.Length - at - 8));
            chunks.Add(new PngChunk(Encoding.Latin1.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + length)]));
            at += 12 + length;
        }
        return chunks;
    }

    /// <summary>A file of chunks, with right lengths and checksums.</summary>
    public static byte[] Join(IEnumerable<PngChunk> chunks)
    {
        var file = new MemoryStream();
        file.Write(Signature);
        Span<byte> number = stackalloc byte[4];
        foreach (var chunk in chunks)
        {
            byte[] named = [.. Encoding.Latin1.GetBytes(chunk.Type), .. chunk.Data];
            BinaryPrimitives.WriteInt32BigEndian(number, chunk.Data.Length);
            file.Write(number);
            file.Write(named);
            BinaryPrimitives.WriteUInt32BigEndian(number, Checksum.Crc32(named));
            file.Write(number);
        }
        return file.ToArray();
    }

    public static byte[] Pack(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(bytes);
        return packed.ToArray();
    }

    public static byte[]? Unpack(byte[] bytes)
    {
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(bytes), CompressionMode.Decompress);
            var unpacked = new byte[1 << 16];
            return unpacked[..zlib.ReadAtLeast(unpacked, unpacked.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is InvalidDataException or IOException) // zlib asks for a dictionary: of the latter
        {
            return null;
        }
    }
}
