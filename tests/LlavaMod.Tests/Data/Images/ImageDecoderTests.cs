using LlavaMod.Data.Images;
using LlavaMod.Tests.Golden;

namespace LlavaMod.Tests.Data.Images;

public sealed class ImageDecoderTests
{
    private static readonly RgbImage Picture = Pictures.Noise(23, 17);
    private static readonly byte[] Png = PngEncoder.Encode(Picture);
    private static readonly byte[] Jpeg = File.ReadAllBytes(Path.Combine(GoldenCases.Fixtures, "image-preprocess", "images", "odd.jpg"));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(56, 56)]
    [InlineData(3, 301)]
    [InlineData(640, 2)]
    public void A_picture_written_as_PNG_comes_back(int width, int height)
    {
        var picture = Pictures.Noise(width, height);
        var again = ImageDecoder.Decode(PngEncoder.Encode(picture), "x");
        (again.Width, again.Height).ShouldBe((width, height));
        again.Pixels.ShouldBe(picture.Pixels);
    }

    [Fact]
    public void The_same_picture_gives_the_same_file() => PngEncoder.Encode(Picture).ShouldBe(Png);

    [Fact]
    public void A_picture_without_its_pixels_is_not_encoded()
        => Should.Throw<ArgumentException>(() => PngEncoder.Encode(new RgbImage(2, 2, new byte[11])));

    [Fact]
    public void A_PNG_cut_short_anywhere_is_an_error()
    {
        for (var length = 0; length < Png.Length; length++)
            Refusal(Png[..length]).ShouldStartWith("cut.png cannot be decoded: ");
    }

    [Fact]
    public void A_JPEG_cut_short_anywhere_is_an_error()
    {
        for (var length = 0; length < Jpeg.Length; length += 37)
            Refusal(Jpeg[..length]).ShouldStartWith("cut.png cannot be decoded: ");
    }

    [SharedFact("data/images/formats/hopper.webp")]
    public void A_WebP_cut_short_anywhere_is_an_error()
    {
        var file = File.ReadAllBytes(RepositoryFiles.Shared("data/images/formats/hopper.webp")!);
        for (var length = 0; length < file.Length; length += 37)
            Refusal(file[..length]).ShouldStartWith("cut.png cannot be decoded: ");
    }

    [Fact]
    public void A_changed_byte_is_an_error_or_a_picture_and_never_a_crash()
    {
        foreach (var file in new[] { Png, Jpeg })
            for (var at = 0; at < file.Length; at += file.Length / 300)
            {
                byte[] changed = [.. file];
                changed[at] ^= 0x55;
                try
                {
                    ImageDecoder.Decode(changed, "changed").Pixels.ShouldNotBeEmpty();
                }
                catch (UserError)
                {
                    // refused in words: as good as a picture
                }
            }
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("hello, I am text", "it is not a JPEG, PNG or WebP file (its first bytes are 68656C6C6F2C2049)")]
    [InlineData("GIF89a......", "its format, GIF, is not read; convert it")]
    [InlineData("BM....", "its format, BMP, is not read; convert it")]
    [InlineData("P6\n1 1\n255\n", "its format, PPM, is not read; convert it")]
    [InlineData("\0\0\0\u001cftypavif", "its format, AVIF, is not read; convert it")]
    [InlineData("RIFF\0\0\0\0WEBPVP8X\u000a\0\0\0\u0002.....", "its format, animated WebP, is not read; convert")]
    public void Other_files_are_refused_by_name(string start, string reason)
        => Refusal([.. start.Select(letter => (byte)letter)]).ShouldContain(reason);

    [Fact]
    public void The_header_is_believed_before_anything_is_allocated()
    {
        byte[] bomb = [.. Png];
        bomb[16] = bomb[20] = 0x7F; // 2 billion pixels a side
        Refusal(bomb).ShouldContain("its header says 2130706455 x 2130706449 pixels, and at most 64,000,000 with sides up to 65535");
    }

    [Fact]
    public void Limits_can_be_set()
    {
        Refusal(Png, new ImageLimits { MaxPixels = 390 }).ShouldContain("23 x 17 pixels, and at most 390");
        Refusal(Png, new ImageLimits { MaxBytes = 100 }).ShouldContain("at most 100 are decoded");
        ImageDecoder.Decode(Png, "x", new ImageLimits { MaxPixels = 391 }).Width.ShouldBe(23);
    }

    [Fact]
    public void A_missing_library_comes_with_the_command_that_installs_it()
        => new JpegFormat().NotInstalled(new DllNotFoundException("no libturbojpeg")).Message.ShouldBe(
            "JPEG files need a library that is not installed (no libturbojpeg); install it: sudo apt install libturbojpeg0 (on Ubuntu: libturbojpeg)");

    private static string Refusal(byte[] file, ImageLimits? limits = null)
        => Should.Throw<UserError>(() => ImageDecoder.Decode(file, "cut.png", limits)).Message;
}
