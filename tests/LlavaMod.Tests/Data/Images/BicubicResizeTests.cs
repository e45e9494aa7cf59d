using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Data.Images;

public sealed class BicubicResizeTests
{
    // Worked out from the kernel by hand; the golden cases and published photographs compare with Pillow itself.
    [Theory]
    [InlineData(2, new byte[] { 61, 218 })]
    [InlineData(8, new byte[] { 0, 17, 71, 126, 179, 218, 243, 254 })]
    public void Greys_follow_the_kernel(int width, byte[] expected)
    {
        var row = new RgbImage(4, 1, [0, 0, 0, 100, 100, 100, 200, 200, 200, 250, 250, 250]);
        var resized = BicubicResize.Resize(row, width, 1);
        resized.Pixels.Where((_, i) => i % 3 == 0).ShouldBe(expected);
        resized.Pixels.Chunk(3).ShouldAllBe(pixel => pixel[0] == pixel[1] && pixel[1] == pixel[2]);
    }

    [Fact]
    public void The_same_size_is_the_same_picture()
    {
        var picture = Pictures.Noise(31, 19);
        BicubicResize.Resize(picture, 31, 19).Pixels.ShouldBe(picture.Pixels);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(700, 3)]
    [InlineData(5, 211)]
    public void One_colour_stays_that_colour(int width, int height)
        => BicubicResize.Resize(Pictures.Plain(37, 53, 3, 250, 131), width, height).Pixels.ShouldBe(Pictures.Plain(width, height, 3, 250, 131).Pixels);

    [Fact]
    public void A_crop_is_that_part_of_the_whole()
    {
        var picture = Pictures.Noise(61, 47);
        var whole = BicubicResize.Resize(picture, 40, 90);
        var part = BicubicResize.Resize(new Canvas(picture), 40, 90, 7, 31, 21, 13);
        for (var y = 0; y < 13; y++)
            part.Pixels[(y * 63)..((y + 1) * 63)].ShouldBe(whole.Pixels[(((y + 31) * 40 + 7) * 3)..(((y + 31) * 40 + 28) * 3)]);
    }

    [Theory]
    [InlineData(20, 9)]
    [InlineData(9, 20)]
    [InlineData(12, 12)]
    public void A_canvas_is_the_padded_picture(int width, int height)
    {
        var picture = Pictures.Noise(width, height);
        var side = Math.Max(width, height);
        var padded = Pictures.Plain(side, side, 122, 116, 104);
        for (var y = 0; y < height; y++)
            picture.Pixels.AsSpan(y * width * 3, width * 3).CopyTo(padded.Pixels.AsSpan(((y + (side - height) / 2) * side + (side - width) / 2) * 3));
        BicubicResize.Resize(Canvas.Square(picture, 122, 116, 104), 15, 15, 0, 0, 15, 15).Pixels.ShouldBe(BicubicResize.Resize(padded, 15, 15).Pixels);
    }

    [Fact]
    public void A_size_without_pixels_is_refused()
        => Should.Throw<ArgumentOutOfRangeException>(() => BicubicResize.Resize(Pictures.Noise(2, 2), 0, 5));
}
