using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Data.Images;

public sealed class GifFormatTests
{
    private const int Width = 20, Height = 17, PaletteAt = 13, FrameAt = PaletteAt + 8 * 3;

    [Fact]
    public void Pixels_come_in_order_and_in_four_passes()
    {
        foreach (var file in new[] { MadeFiles.Gif, MadeFiles.InterlacedGif })
        {
            var image = ImageDecoder.Decode(file, "x");
            (image.Width, image.Height).ShouldBe((Width, Height));
            image.Pixels.Chunk(3).ShouldBe(Expected());
        }
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData(3, 3)]
    public void Canvas_around_the_frame_is_transparent_or_of_the_first_colour(int? transparent, int index)
    {
        byte[] control = transparent is null ? [] : [(byte)'!', 0xF9, 4, 1, 0, 0, (byte)transparent, 0];
        byte[] file = [.. MadeFiles.Gif[..FrameAt], .. control, .. MadeFiles.Gif[FrameAt..]];
        (file[6], file[8]) = (Width + 5, Height + 2);
        var image = ImageDecoder.Decode(file, "x");
        (image.Width, image.Height).ShouldBe((Width + 5, Height + 2));
        image.Pixels[(Width * 3)..(Width * 3 + 3)].ShouldBe(Colour(index));
        image.Pixels[^3..].ShouldBe(Colour(index));
        image.Pixels[..(Width * 3)].Chunk(3).ShouldBe(Expected().Take(Width));
    }

    [Fact]
    public void A_frame_beyond_the_screen_makes_it_larger()
    {
        byte[] file = [.. MadeFiles.Gif];
        (file[FrameAt + 1], file[FrameAt + 3]) = (2, 1);
        var image = ImageDecoder.Decode(file, "x");
        (image.Width, image.Height).ShouldBe((Width + 2, Height + 1));
        image.Pixels[((Width + 2) * 3 + 6)..((Width + 2) * 3 + 9)].ShouldBe(Colour(0));
    }

    [Fact]
    public void Colours_that_the_file_does_not_give_are_greys()
    {
        byte[] file = [.. MadeFiles.Gif[..PaletteAt], .. MadeFiles.Gif[PaletteAt..(PaletteAt + 12)], .. MadeFiles.Gif[FrameAt..]];
        file[10] = 0x81; // four colours
        var image = ImageDecoder.Decode(file, "x");
        image.Pixels[(4 * 3)..(4 * 3 + 3)].ShouldBe([4, 4, 4]);
        image.Pixels[(3 * 3)..(3 * 3 + 3)].ShouldBe(Colour(3));
    }

    [Fact]
    public void Cut_short_it_is_refused_or_whole()
    {
        for (var length = 6; length < MadeFiles.Gif.Length; length++)
            try
            {
                ImageDecoder.Decode(MadeFiles.Gif.AsSpan(0, length), "x").Pixels.Chunk(3).ShouldBe(Expected());
                length.ShouldBeGreaterThan(MadeFiles.Gif.Length - 5);
            }
            catch (UserError refused)
            {
                refused.Message.ShouldStartWith("image 'x' cannot be decoded: GIF, ");
            }
    }

    [Theory]
    [InlineData(6, 0, "its header says 0 x 17 pixels")]
    [InlineData(FrameAt + 5, 0, "its first frame has 0 x 17 pixels")]
    [InlineData(FrameAt + 6, 0xFF, "cut short: its first frame has 1,110,100 pixels")]
    [InlineData(FrameAt + 10, 0, "its pixels have 0 bits")]
    [InlineData(FrameAt + 10, 9, "its pixels have 9 bits")]
    [InlineData(FrameAt, (byte)';', "it ends before its first frame")]
    public void Broken_headers_are_refused(int at, byte value, string reason)
    {
        byte[] file = [.. MadeFiles.Gif];
        file[at] = value;
        Should.Throw<UserError>(() => ImageDecoder.Decode(file, "x")).Message.ShouldContain(reason);
    }

    [Fact]
    public void A_code_from_the_future_is_refused()
    {
        byte[] file = [.. MadeFiles.Gif];
        file[FrameAt + 13] = file[FrameAt + 14] = 0xFF;
        Should.Throw<UserError>(() => ImageDecoder.Decode(file, "x")).Message.ShouldContain("its pixels are corrupt");
    }

    private static IEnumerable<byte[]> Expected()
        => from y in Enumerable.Range(0, Height) from x in Enumerable.Range(0, Width) select Colour((x * y + x) % 5);

    private static byte[] Colour(int index) => [(byte)(index * 40), (byte)(255 - index * 50), (byte)(index * 7)];
}
