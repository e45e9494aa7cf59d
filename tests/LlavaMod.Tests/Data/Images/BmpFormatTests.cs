using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Data.Images;

public sealed class BmpFormatTests
{
    // Colours 0 to 3, blue first, with a fourth byte that means nothing.
    private static readonly byte[] Palette = [0, 0, 0, 9, 10, 20, 30, 9, 40, 50, 60, 9, 70, 80, 90, 9];

    [Theory]
    [InlineData(1, new byte[] { 0b0101_0000, 0, 0, 0, 0b1000_0000, 0, 0, 0 })]
    [InlineData(4, new byte[] { 0x01, 0x01, 0, 0, 0x10, 0x00, 0, 0 })]
    [InlineData(8, new byte[] { 0, 1, 0, 1, 1, 0, 0, 0 })]
    public void Indices_name_colours_and_rows_go_up(int bits, byte[] rows)
        => Decode(File(4, 2, bits, rows, palette: Palette)).ShouldBe([30, 20, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 20, 10, 0, 0, 0, 30, 20, 10]);

    [Fact]
    public void A_negative_height_is_from_the_top()
        => Decode(File(1, -2, 24, [1, 2, 3, 0, 4, 5, 6, 0])).ShouldBe([3, 2, 1, 6, 5, 4]);

    [Theory]
    [InlineData(24, 0, new byte[] { 3, 2, 1, 99, 98, 97, 0, 0 }, new uint[0], new byte[] { 1, 2, 3, 97, 98, 99 })]
    [InlineData(32, 0, new byte[] { 3, 2, 1, 77, 99, 98, 97, 0 }, new uint[0], new byte[] { 1, 2, 3, 97, 98, 99 })]
    [InlineData(32, 3, new byte[] { 1, 2, 3, 77, 97, 98, 99, 0 }, new uint[] { 0xFF, 0xFF00, 0xFF0000 }, new byte[] { 1, 2, 3, 97, 98, 99 })]
    [InlineData(32, 3, new byte[] { 3, 2, 1, 77, 99, 98, 97, 0 }, new uint[] { 0, 0, 0 }, new byte[] { 1, 2, 3, 97, 98, 99 })]
    [InlineData(32, 3, new byte[] { 0xFF, 0x03, 0, 0, 0, 0, 0, 0xC0 }, new uint[] { 0xC0000000, 0, 0x3FF }, new byte[] { 0, 0, 255, 255, 0, 0 })]
    [InlineData(16, 0, new byte[] { 0x1F, 0x7C, 0xE0, 0x03 }, new uint[0], new byte[] { 255, 0, 255, 0, 255, 0 })]
    [InlineData(16, 3, new byte[] { 0x1F, 0xF8, 0xE0, 0x03 }, new uint[] { 0xF800, 0x7E0, 0x1F }, new byte[] { 255, 0, 255, 0, 125, 0 })]
    public void Colours_come_from_their_bits(int bits, int compression, byte[] row, uint[] masks, byte[] expected)
        => Decode(File(2, 1, bits, row, compression, masks: masks)).ShouldBe(expected);

    // Runs, a plain stretch with its filling, a step over two pixels, an end of row, and what a row has no room for.
    [Theory]
    [InlineData(8, 1, new byte[] { 2, 1, 0, 3, 2, 3, 2, 0, 0, 0, 0, 2, 2, 0, 9, 3, 0, 0, 0, 1 })]
    [InlineData(4, 2, new byte[] { 2, 0x11, 0, 3, 0x23, 0x20, 0, 0, 0, 2, 2, 0, 9, 0x33, 0, 0, 0, 1 })]
    public void Runs_are_unpacked(int bits, int compression, byte[] runs)
        => Indices(File(5, 2, bits, runs, compression, Palette)).ShouldBe([0, 0, 3, 3, 3, 1, 1, 2, 3, 2]);

    [Theory]
    [InlineData(new byte[] { 2, 1 }, "the file is cut short in row 1 of 2")]
    [InlineData(new byte[] { 5, 1, 0, 0, 0, 1 }, "its pixels end in row 2 of 2")]
    [InlineData(new byte[] { 0, 200, 1, 1 }, "the file is cut short in row 1 of 2")]
    public void Runs_that_do_not_fill_the_picture_are_refused(byte[] runs, string reason)
        => Refusal(File(5, 2, 8, runs, 1, Palette)).ShouldContain(reason);

    [Fact]
    public void Rows_cut_short_are_refused_before_there_is_room_for_them()
        => Refusal(File(8000, 8000, 24, new byte[1000])).ShouldContain("the file is cut short: its pixels need 192,000,000 bytes, and it has 1,000");

    [Theory]
    [InlineData(18, 0, "its header says 0 x 2 pixels")]
    [InlineData(25, 0x80, "2147483646 pixels")]
    [InlineData(14, 41, "its header has 41 bytes")]
    [InlineData(28, 2, "its pixels have 2 bits")]
    [InlineData(30, 4, "its compression, 4 with 24 bits a pixel, is not supported")]
    [InlineData(30, 1, "its compression, 1 with 24 bits a pixel, is not supported")]
    [InlineData(13, 0x7F, "its pixels start at byte 2,130,706,486 of")]
    public void Broken_headers_are_refused(int at, byte value, string reason)
    {
        var file = File(1, 2, 24, new byte[8]);
        file[at] = value;
        Refusal(file).ShouldContain(reason);
    }

    [Fact]
    public void Masks_with_holes_are_refused() => Refusal(File(1, 1, 32, new byte[4], 3, masks: [5, 0, 0])).ShouldContain("its colour masks are 00000005");

    private static byte[] File(int width, int height, int bits, byte[] pixels, int compression = 0, byte[]? palette = null, uint[]? masks = null)
    {
        using var stream = new MemoryStream();
        using var file = new BinaryWriter(stream);
        byte[] between = [.. (masks ?? []).SelectMany(BitConverter.GetBytes), .. palette ?? []];
        file.Write("BM"u8);
        foreach (var number in new[] { 54 + between.Length + pixels.Length, 0, 54 + between.Length, 40, width, height, 1 | bits << 16, compression, 0, 0, 0, (palette?.Length ?? 0) / 4, 0 })
            file.Write(number);
        file.Write(between);
        file.Write(pixels);
        return stream.ToArray();
    }

    private static byte[] Decode(byte[] file) => ImageDecoder.Decode(file, "x").Pixels;

    private static IEnumerable<int> Indices(byte[] file) => Decode(file).Chunk(3).Select(pixel => pixel[0] / 30);

    private static string Refusal(byte[] file) => Should.Throw<UserError>(() => ImageDecoder.Decode(file, "x")).Message;
}
