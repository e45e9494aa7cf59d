using System.Text;

namespace LlavaMod.Fuzz.Targets;

/// <summary>BMP: every depth, rows from either end, both run-length encodings, masks, and the header of OS/2.</summary>
[FuzzTarget("bmp", Summary = "BMP pictures")]
public sealed class BmpTarget : ImageTarget
{
    private const int Width = 5, Height = 4;
    private const int Plain = 0, Runs8 = 1, Runs4 = 2, Masks = 3;

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        foreach (short depth in (short[])[1, 4, 8, 16, 24, 32])
            yield return new Specimen($"depth{depth}.bmp", Make(depth, Plain, Height, Rows(depth)));
        yield return new Specimen("from-the-top.bmp", Make(24, Plain, -Height, Rows(24)));
        yield return new Specimen("runs8.bmp", Make(8, Runs8, Height, [5, 1, 0, 0, 0, 3, 7, 8, 9, 0, 2, 4, 0, 0, 0, 2, 1, 1, 3, 6, 5, 2, 0, 1]));
        yield return new Specimen("runs4.bmp", Make(4, Runs4, Height, [5, 0x12, 0, 0, 0, 5, 0x12, 0x34, 0x50, 0, 0, 0, 5, 0x33, 0, 0, 5, 0x21, 0, 1]));
        yield return new Specimen("masks.bmp", Make(32, Masks, Height, Rows(32)));
        yield return new Specimen("os2.bmp", Os2());
    }

    private static byte[] Rows(int depth) => Pixels((((Width * depth) + 31) / 32 * 4), Height, 1);

    private static byte[] Make(short depth, int compression, int height, byte[] pixels)
    {
        var colours = depth <= 8 ? Pixels(1 << depth, 1, 4) : [];
        uint[] masks = compression == Masks ? [0xFF0000, 0xFF00, 0xFF] : [];
        return Written(14 + 40 + colours.Length + (masks.Length * 4), pixels, writer =>
        {
            foreach (var number in (int[])[40, Width, height])
                writer.Write(number);
            writer.Write((short)1);
            writer.Write(depth);
            foreach (var number in (int[])[compression, pixels.Length, 2835, 2835, 0, 0])
                writer.Write(number);
            foreach (var mask in masks)
                writer.Write(mask);
            writer.Write(colours);
        });
    }

    private static byte[] Os2() => Written(14 + 12, Rows(24), writer =>
    {
        writer.Write(12);
        foreach (var number in (short[])[Width, Height, 1, 24])
            writer.Write(number);
    });

    private static byte[] Written(int offset, byte[] pixels, Action<BinaryWriter> header)
    {
        var file = new MemoryStream();
        var writer = new BinaryWriter(file, Encoding.Latin1);
        writer.Write("BM"u8);
        foreach (var number in (int[])[offset + pixels.Length, 0, offset])
            writer.Write(number);
        header(writer);
        writer.Write(pixels);
        return file.ToArray();
    }
}
