using System.Runtime.Intrinsics;
using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Data.Images;

public sealed class ImageResizeTests
{
    // Worked out from the kernel by hand; the golden cases and published photographs compare with Pillow itself.
    [Theory]
    [InlineData(2, new byte[] { 61, 218 })]
    [InlineData(8, new byte[] { 0, 17, 71, 126, 179, 218, 243, 254 })]
    public void Bicubic_greys_follow_the_kernel(int width, byte[] expected)
    {
        var row = new RgbImage(4, 1, [0, 0, 0, 100, 100, 100, 200, 200, 200, 250, 250, 250]);
        var resized = ImageResize.Resize(row, width, 1);
        resized.Pixels.Where((_, i) => i % 3 == 0).ShouldBe(expected);
        resized.Pixels.Chunk(3).ShouldAllBe(pixel => pixel[0] == pixel[1] && pixel[1] == pixel[2]);
    }

    [Fact]
    public void The_same_size_is_the_same_picture()
    {
        var picture = Pictures.Noise(31, 19);
        ImageResize.Resize(picture, 31, 19).Pixels.ShouldBe(picture.Pixels);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(700, 3)]
    [InlineData(5, 211)]
    public void One_colour_stays_that_colour(int width, int height)
        => ImageResize.Resize(Pictures.Plain(37, 53, 3, 250, 131), width, height).Pixels.ShouldBe(Pictures.Plain(width, height, 3, 250, 131).Pixels);

    [Fact]
    public void A_crop_is_that_part_of_the_whole()
    {
        var picture = Pictures.Noise(61, 47);
        var whole = ImageResize.Resize(picture, 40, 90);
        var part = ImageResize.Crop(new Canvas(picture), new(40, 90, 7, 31, 21, 13), ResampleKernel.Bicubic);
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
        ImageResize.Crop(Canvas.Square(picture, 122, 116, 104), new(15, 15, 0, 0, 15, 15), ResampleKernel.Bicubic).Pixels.ShouldBe(ImageResize.Resize(padded, 15, 15).Pixels);
    }

    // Computed with Pillow 9.4.
    [Theory]
    [InlineData(1, new byte[] { 57, 223 }, new byte[] { 0, 14, 66, 131, 179, 220, 245, 253 })]
    [InlineData(2, new byte[] { 71, 207 }, new byte[] { 0, 25, 75, 125, 175, 213, 238, 250 })]
    public void Other_kernels_give_Pillows_greys(int code, byte[] shrunk, byte[] grown)
    {
        var row = new RgbImage(4, 1, [0, 0, 0, 100, 100, 100, 200, 200, 200, 250, 250, 250]);
        var kernel = ResampleKernel.All.Single(kernel => kernel.Code == code);
        ImageResize.Resize(row, 2, 1, kernel).Pixels.Where((_, i) => i % 3 == 0).ShouldBe(shrunk);
        ImageResize.Resize(row, 8, 1, kernel).Pixels.Where((_, i) => i % 3 == 0).ShouldBe(grown);
    }

    [AvxTheory]
    [InlineData(61, 47, 40, 33)]
    [InlineData(640, 3, 336, 5)]
    [InlineData(5, 90, 21, 1)]
    [InlineData(3000, 2, 7, 2)]
    public void The_fast_passes_give_the_same_bytes(int width, int height, int columns, int rows)
    {
        foreach (var kernel in ResampleKernel.All)
        {
            var across = new ResampleTaps(kernel, width + 8, columns, 0, columns, pictureStart: 3, width);
            var down = new ResampleTaps(kernel, height + 9, rows, 0, rows, pictureStart: 5, height);
            var picture = Pictures.Noise(width, height).Pixels;
            Resampled(picture, width, across, down, ResampleRowsAvx2.Across, ResampleRowsAvx2.Down)
                .ShouldBe(Resampled(picture, width, across, down, ResampleRows.Across, ResampleRows.Down));
        }
    }

    private delegate void Across(ReadOnlySpan<byte> upper, ReadOnlySpan<byte> lower, ResampleTaps taps, Vector128<int> background, Span<byte> one, Span<byte> two);

    private delegate void Down(ReadOnlySpan<byte> rows, ReadOnlySpan<byte> background, ResampleTaps taps, in ResampleTaps.Tap tap, Span<byte> output);

    private static byte[] Resampled(byte[] picture, int width, ResampleTaps columns, ResampleTaps rows, Across across, Down down)
    {
        int pitch = ResampleRows.Pitch(columns.Count), height = picture.Length / width / 3;
        byte[] narrow = new byte[pitch * height], line = new byte[pitch], result = new byte[columns.Count * 3 * rows.Count];
        var background = Enumerable.Range(0, pitch).Select(i => (byte)(i * 37)).ToArray();
        for (var y = 0; y < height; y++)
        {
            byte[] row = [.. picture[(y * width * 3)..((y + 1) * width * 3)], .. new byte[ResampleRows.Slack]];
            across(row, row, columns, Vector128.Create(122, 116, 104, 0), narrow.AsSpan(y * pitch, pitch), line);
            narrow.AsSpan(y * pitch, columns.Count * 3).SequenceEqual(line.AsSpan(0, columns.Count * 3)).ShouldBeTrue();
        }
        for (var y = 0; y < rows.Count; y++)
        {
            var tap = rows[y];
            down(tap.Length == 0 ? default : narrow.AsSpan(tap.First * pitch, tap.Length * pitch), background, rows, tap, line);
            line.AsSpan(0, columns.Count * 3).CopyTo(result.AsSpan(y * columns.Count * 3));
        }
        return result;
    }

    private sealed class AvxTheoryAttribute : TheoryAttribute
    {
        public AvxTheoryAttribute()
        {
            if (!ResampleRowsAvx2.IsSupported)
                Skip = "this processor has no AVX2";
        }
    }

    [Fact]
    public void A_size_without_pixels_is_refused()
        => Should.Throw<ArgumentOutOfRangeException>(() => ImageResize.Resize(Pictures.Noise(2, 2), 0, 5));
}
