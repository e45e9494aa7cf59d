namespace LlavaMod.Data.Images;

/// <summary>
/// The pixels of a GIF frame: LZW codes (Welch 1984) of 2 to 12 bits, low bits first, in blocks of up to 255 bytes. A code stands for a
/// string of indices; every code but the first after a clear code adds one string, the one before with one index more.
/// </summary>
internal ref struct GifCodes
{
    private const int MaxBits = 12, MaxCodes = 1 << MaxBits;

    private readonly ReadOnlySpan<byte> file;
    private readonly int minimum;
    private int at, blockLeft, bits, bitCount;

    /// <param name="file">The GIF.</param>
    /// <param name="at">Where the frame's pixels start: their number of bits, then the blocks.</param>
    public GifCodes(ReadOnlySpan<byte> file, int at)
    {
        this.file = file;
        minimum = at < file.Length ? file[at] : throw CutShort();
        if (minimum is < 1 or > 8)
            throw new BrokenImageException($"GIF, its pixels have {minimum} bits");
        this.at = at + 1;
    }

    /// <summary>Whether what is left of the file can hold as many pixels: a code is at most a string of all codes.</summary>
    public readonly bool MayHold(long pixels) => pixels <= (file.Length - at) * 8L / (minimum + 1) * MaxCodes;

    /// <summary>Unpacks exactly as many indices as there is room for.</summary>
    /// <exception cref="BrokenImageException">There are fewer, or a code that is not defined yet.</exception>
    public void Unpack(Span<byte> pixels)
    {
        Span<ushort> prefix = stackalloc ushort[MaxCodes], length = stackalloc ushort[MaxCodes];
        Span<byte> first = stackalloc byte[MaxCodes], last = stackalloc byte[MaxCodes];
        int clear = 1 << minimum, end = clear + 1;
        for (var code = 0; code < clear; code++)
            (first[code], last[code], length[code]) = ((byte)code, (byte)code, 1);

        int next = end + 1, width = minimum + 1, previous = -1;
        while (!pixels.IsEmpty)
        {
            var code = Next(width);
            if (code == clear)
            {
                (next, width, previous) = (end + 1, minimum + 1, -1);
                continue;
            }
            if (code == end)
                throw new BrokenImageException($"GIF, its pixels end with {pixels.Length:N0} missing");
            if (code > (previous < 0 ? clear : next))
                throw new BrokenImageException("GIF, its pixels are corrupt");
            if (previous >= 0 && next < MaxCodes)
            {
                (prefix[next], length[next]) = ((ushort)previous, (ushort)(length[previous] + 1));
                (first[next], last[next]) = (first[previous], first[code == next ? previous : code]);
                if (++next == 1 << width && width < MaxBits)
                    width++;
            }
            previous = code;

            int count = Math.Min(length[code], pixels.Length), index = code;
            for (var beyond = length[code] - count; beyond > 0; beyond--)
                index = prefix[index];
            for (var place = count; --place >= 0; index = prefix[index])
                pixels[place] = last[index];
            pixels = pixels[count..];
        }
    }

    private int Next(int width)
    {
        for (; bitCount < width; bitCount += 8)
        {
            if (blockLeft == 0 && (blockLeft = Byte()) == 0)
                throw CutShort();
            bits |= Byte() << bitCount;
            blockLeft--;
        }
        var code = bits & ((1 << width) - 1);
        bits >>= width;
        bitCount -= width;
        return code;
    }

    private int Byte() => at < file.Length ? file[at++] : throw CutShort();

    private static BrokenImageException CutShort() => new("GIF, its pixels are cut short");
}
