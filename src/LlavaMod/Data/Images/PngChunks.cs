using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace LlavaMod.Data.Images;

/// <summary>
/// The header of a PNG file, and a copy of it with only the chunks that make the pixels (IHDR, PLTE, IDAT, IEND). The others are checked
/// for a bomb and left out.
/// </summary>
internal sealed class PngChunks : IDisposable
{
    // Compressed texts and profiles, one and all: more than anybody writes into a picture. Pillow's limit for one is the same.
    private const int MaxInflated = 1 << 20, MaxInflatedInAll = 16 << 20;
    private const int HeaderLength = 13, FrameLength = 12; // a chunk's length, type and checksum

    // Deflate spends at least 2 bits on at most 258 bytes.
    private const int MaxDeflation = 1032;

    private readonly byte[] kept;
    private int length;

    private PngChunks(int room) => kept = ArrayPool<byte>.Shared.Rent(room);

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public int Width { get; private set; }

    public int Height { get; private set; }

    /// <summary>Bits a channel.</summary>
    public int Depth { get; private set; }

    /// <summary>0 grey, 2 colour, 3 palette, 4 grey with alpha, 6 colour with alpha.</summary>
    public byte ColourType { get; private set; }

    /// <summary>Whether the pixels come in seven passes.</summary>
    public bool Interlaced { get; private set; }

    /// <summary>Whether pixels have a channel for alpha. A transparent colour (tRNS) is left out, and with it transparency.</summary>
    public bool HasAlpha => ColourType is 4 or 6;

    /// <summary>Channels of a pixel; a palette's index is one.</summary>
    public int Channels => ColourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>The reduced file.</summary>
    public ReadOnlySpan<byte> File => kept.AsSpan(0, length);

    /// <exception cref="BrokenImageException">Not made of whole chunks, over a limit, or with a chunk that is a bomb.</exception>
    public static PngChunks Read(ReadOnlySpan<byte> file, ImageLimits limits)
    {
        var chunks = new PngChunks(file.Length);
        try
        {
            chunks.Keep(Signature);
            chunks.ReadAll(file, limits);
            return chunks;
        }
        catch
        {
            chunks.Dispose();
            throw;
        }
    }

    /// <summary>The compressed pixels: the data of all IDAT chunks, whose checksums are compared.</summary>
    public MemoryStream OpenPixels()
    {
        var data = new MemoryStream(length);
        for (var at = Signature.Length; at < length;)
        {
            var chunk = Next(File, at, out var type);
            if (Crc32.Of(chunk[4..^4]) != BinaryPrimitives.ReadUInt32BigEndian(chunk[^4..]))
                throw new BrokenImageException($"PNG, the chunk {type} has a wrong checksum");
            if (type == "IDAT")
                data.Write(chunk[8..^4]);
            at += chunk.Length;
        }
        data.Position = 0;
        return data;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(kept);

    private void ReadAll(ReadOnlySpan<byte> file, ImageLimits limits)
    {
        long compressed = 0, inflated = 0;
        for (var at = Signature.Length; ;)
        {
            var chunk = Next(file, at, out var type);
            var data = chunk[8..^4];
            if (at == Signature.Length)
                ReadHeader(type, data, limits);
            if (type is "IHDR" or "PLTE" or "IDAT" or "IEND")
                Keep(chunk);
            else
                inflated += Inflate(type, data);
            if (inflated > MaxInflatedInAll)
                throw new BrokenImageException($"PNG, its texts unpack to more than {MaxInflatedInAll:N0} bytes, like a bomb");
            if (type == "IDAT")
                compressed += data.Length;
            if (type == "IEND")
                break;
            at += chunk.Length;
        }
        if (Width * (long)Height * Channels * Depth / 8 > compressed * MaxDeflation)
            throw new BrokenImageException($"PNG, {compressed:N0} bytes cannot hold {Width} x {Height} pixels");
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(kept.AsSpan(length));
        length += bytes.Length;
    }

    // Length, type, data, checksum.
    private static ReadOnlySpan<byte> Next(ReadOnlySpan<byte> file, int at, out string type)
    {
        if (file.Length - at < FrameLength)
            throw new BrokenImageException("PNG, the file is cut short: it has no end chunk");
        var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
        type = Encoding.Latin1.GetString(file.Slice(at + 4, 4));
        if (!type.All(char.IsAsciiLetter))
            throw new BrokenImageException($"PNG, there is no chunk at byte {at}, where one should start");
        if (length > file.Length - at - FrameLength)
            throw new BrokenImageException($"PNG, the file is cut short: the chunk {type} at byte {at} has {length:N0} bytes");
        return file.Slice(at, FrameLength + (int)length);
    }

    private void ReadHeader(string type, ReadOnlySpan<byte> data, ImageLimits limits)
    {
        if (type != "IHDR" || data.Length != HeaderLength)
            throw new BrokenImageException("PNG, it does not start with a header chunk");
        long width = BinaryPrimitives.ReadUInt32BigEndian(data), height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        limits.CheckSize(width, height);
        if (data[10] != 0 || data[11] != 0 || data[12] > 1)
            throw new BrokenImageException($"PNG, an unknown way to compress ({data[10]}), filter ({data[11]}) or interlace ({data[12]})");
        (Width, Height) = ((int)width, (int)height);
        (Depth, ColourType, Interlaced) = (data[8], data[9], data[12] != 0);
    }

    // How large a compressed chunk is unpacked. It is a name, a zero, the method (0, the only one there is) and a zlib stream.
    private static int Inflate(string type, ReadOnlySpan<byte> data)
    {
        if (type is not ("zTXt" or "iCCP"))
            return 0;
        var method = data.IndexOf((byte)0) + 1;
        if (method == 0 || method >= data.Length || data[method] != 0)
            throw new BrokenImageException($"PNG, the chunk {type} is compressed by an unknown method");
        using var stream = new ZLibStream(new MemoryStream(data[(method + 1)..].ToArray()), CompressionMode.Decompress);
        Span<byte> buffer = stackalloc byte[4096]; // there may be many such chunks
        try
        {
            var total = 0;
            for (int read; (read = stream.Read(buffer)) > 0;)
                if ((total += read) > MaxInflated)
                    throw new BrokenImageException($"PNG, the chunk {type} unpacks to more than {MaxInflated:N0} bytes, like a bomb");
            return total;
        }
        catch (Exception e) when (e is InvalidDataException or IOException) // ZLibException is of the latter
        {
            throw new BrokenImageException($"PNG, the chunk {type} is corrupt");
        }
    }
}
