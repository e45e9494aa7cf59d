using LlavaMod.Data.Images;
using LlavaMod.Fuzz.Kinds;

namespace LlavaMod.Fuzz.Targets;

/// <summary>PNG of every colour type and depth, interlaced, with text and profile.</summary>
[FuzzTarget("png", Summary = "PNG pictures")]
public sealed class PngTarget : ImageTarget
{
    private const int Width = 9, Height = 7;

    // Colour type, depth, channels.
    private static readonly (byte Colour, byte Depth, int Channels)[] Forms =
        [(0, 1, 1), (0, 4, 1), (0, 8, 1), (0, 16, 1), (2, 8, 3), (2, 16, 3), (3, 2, 1), (3, 8, 1), (4, 8, 2), (4, 16, 2), (6, 8, 4), (6, 16, 4)];

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        yield return new Specimen("encoder.png", PngEncoder.Encode(new RgbImage(Width, Height, Pixels(Width, Height, 3))));
        foreach (var (colour, depth, channels) in Forms)
            yield return new Specimen($"colour{colour}-depth{depth}.png", Make(colour, depth, channels));
    }

    private static byte[] Make(byte colour, byte depth, int channels)
    {
        var row = ((Width * channels * depth) + 7) / 8;
        var rows = Enumerable.Range(0, Height).SelectMany(y => (byte[])[(byte)(y % 5), .. Pixels(row, 1, 1)]).ToArray();
        List<PngChunk> chunks =
        [
            new("IHDR", [0, 0, 0, Width, 0, 0, 0, Height, depth, colour, 0, 0, 0]), new("gAMA", [0, 0, 0xB1, 0x8F]), new("tEXt", [.. "Title\0a picture"u8]),
            new("zTXt", [.. "Comment\0\0"u8, .. PngChunk.Pack([.. "made by hand"u8])]), new("iCCP", [.. "profile\0\0"u8, .. PngChunk.Pack(new byte[128])]),
            new("IDAT", PngChunk.Pack(rows)), new("IEND", []),
        ];
        if (colour == 3)
            chunks.InsertRange(5, [new("PLTE", Pixels(1 << depth, 1, 3)), new("tRNS", [0, 128])]);
        return PngChunk.Join(chunks);
    }
}
