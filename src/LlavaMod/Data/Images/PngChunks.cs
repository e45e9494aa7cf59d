using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace LlavaMod.Data.Images;

/// <summary>
/// The header of a PNG file, and a copy of it with only the chunks that make the pixels (IHDR, PLTE, IDAT, IEND). The others are checked
/// for a bomb and left out.
/// </summary>
internal sealed class PngChunks
{
    // Compressed texts and profiles: more than anybody writes into a picture, and Pillow's limit too.
    private const int MaxInflated = 1 << 20;
    private const int HeaderLength = 13;

    private PngChunks(ReadOnlySpan<byte> header, ReadOnlyMemory<byte> pixels)
    {
        Width = (int)BinaryPrimitives.ReadUInt32BigEndian(header);
        Height = (int)BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        (Depth, ColourType) = (header[8], header[9]);
        Pixels = pixels;
    }

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public int Width { get; }

    public int Height { get; }

    /// <summary>Bits a channel.</summary>
    public int Depth { get; }

    /// <summary>0 grey, 2 colour, 3 palette, 4 grey with alpha, 6 colour with alpha.</summary>
    public byte ColourType { get; }

    /// <summary>Whether pixels have a channel for alpha. A transparent colour (tRNS) is left out, and with it transparency.</summary>
    public bool HasAlpha => ColourType is 4 or 6;

    /// <summary>The reduced file.</summary>
    public ReadOnlyMemory<byte> Pixels { get; }

    /// <exception cref="BrokenImageException">Not made of whole chunks, over a limit, or with a chunk that is a bomb.</exception>
    public static PngChunks Read(ReadOnlySpan<byte> file, ImageLimits limits)
    {
        var kept = new MemoryStream(file.Length);
        kept.Write(Signature);
        ReadOnlySpan<byte> header = default;
        for (var at = Signature.Length; ;)
        {
            var chunk = Next(file, at, out var type);
            var data = chunk[8..^4];
            if (header.IsEmpty)
                header = Header(type, data, limits);
            if (type is "IHDR" or "PLTE" or "IDAT" or "IEND")
                kept.Write(chunk);
            else
                CheckInflation(type, data);
            if (type == "IEND")
                return new PngChunks(header, kept.GetBuffer().AsMemory(0, (int)kept.Length));
            at += chunk.Length;
        }
    }

    // Length, type, data, checksum.
    private static ReadOnlySpan<byte> Next(ReadOnlySpan<byte> file, int at, out string type)
    {
        if (file.Length - at < 12)
            throw new BrokenImageException("PNG, the file is cut short: it has no end chunk");
        var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
        type = Encoding.Latin1.GetString(file.Slice(at + 4, 4));
        if (!type.All(char.IsAsciiLetter))
            throw new BrokenImageException($"PNG, there is no chunk at byte {at}, where one should start");
        if (length > file.Length - at - 12)
            throw new BrokenImageException($"PNG, the file is cut short: the chunk {type} at byte {at} has {length:N0} bytes");
        return file.Slice(at, 12 + (int)length);
    }

    private static ReadOnlySpan<byte> Header(string type, ReadOnlySpan<byte> data, ImageLimits limits)
    {
        if (type != "IHDR" || data.Length != HeaderLength)
            throw new BrokenImageException("PNG, it does not start with a header chunk");
        limits.CheckSize(BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]));
        return data;
    }

    // A compressed chunk is a name, a zero, the method (0, the only one there is) and a zlib stream.
    private static void CheckInflation(string type, ReadOnlySpan<byte> data)
    {
        if (type is not ("zTXt" or "iCCP"))
            return;
        var method = data.IndexOf((byte)0) + 1;
        if (method == 0 || method >= data.Length || data[method] != 0)
            throw new BrokenImageException($"PNG, the chunk {type} is compressed by an unknown method");
        using var stream = new ZLibStream(new MemoryStream(data[(method + 1)..].ToArray()), CompressionMode.Decompress);
        var buffer = new byte[4096];
        try
        {
            for (int read, total = 0; (read = stream.Read(buffer)) > 0;)
                if ((total += read) > MaxInflated)
                    throw new BrokenImageException($"PNG, the chunk {type} unpacks to more than {MaxInflated:N0} bytes, like a bomb");
        }
        catch (InvalidDataException)
        {
            throw new BrokenImageException($"PNG, the chunk {type} is corrupt");
        }
    }
}
