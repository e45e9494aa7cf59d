namespace LlavaMod.Fuzz.Targets;

/// <summary>GIF: one frame and two, plain and interlaced, smaller than the canvas, with a transparent colour.</summary>
[FuzzTarget("gif", Summary = "GIF pictures")]
public sealed class GifTarget : ImageTarget
{
    private const byte Width = 6, Height = 5;
    private const int Clear = 4, End = 5, Bits = 3; // codes of a picture of four colours

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        yield return new Specimen("plain.gif", Make([.. Frame(0, 0, Width, Height, flags: 0)]));
        yield return new Specimen("interlaced.gif", Make([.. Frame(0, 0, Width, Height, flags: 0x40)]));
        byte[] control = [(byte)'!', 0xF9, 4, 1, 10, 0, 2, 0], comment = [(byte)'!', 0xFE, 3, (byte)'a', (byte)'b', (byte)'c', 0];
        yield return new Specimen("animated.gif", Make([.. control, .. Frame(1, 2, 4, 3, flags: 0), .. comment, .. Frame(0, 0, 2, 2, flags: 0)]));
        yield return new Specimen("own-colours.gif", Make([.. Frame(0, 0, Width, Height, flags: 0x81)]));
    }

    private static byte[] Make(byte[] frames) =>
        [.. "GIF89a"u8, Width, 0, Height, 0, 0x81, 0, 0, .. Pixels(4, 1, 3), .. frames, (byte)';'];

    private static byte[] Frame(byte left, byte top, byte width, byte height, byte flags)
    {
        var colours = (flags & 0x80) != 0 ? Pixels(4, 1, 3) : [];
        var codes = Codes(width * height);
        return [(byte)',', left, 0, top, 0, width, 0, height, 0, flags, .. colours, Bits - 1, (byte)codes.Length, .. codes, 0];
    }

    // A clear code before every second pixel, so that codes stay short; low bits first.
    private static byte[] Codes(int pixels)
    {
        var codes = Enumerable.Range(0, pixels).SelectMany(i => i % 2 == 0 ? (int[])[Clear, i % 4] : [i % 3]).Append(End).ToArray();
        var bytes = new byte[((codes.Length * Bits) + 7) / 8];
        for (var bit = 0; bit < codes.Length * Bits; bit++)
            bytes[bit / 8] |= (byte)(((codes[bit / Bits] >> (bit % Bits)) & 1) << (bit % 8));
        return bytes;
    }
}
