using System.IO.Compression;
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
    public void Of_an_animated_WebP_the_first_frame_is_read_on_black()
    {
        var image = ImageDecoder.Decode(MadeFiles.AnimatedWebp, "x");
        (image.Width, image.Height).ShouldBe((10, 12));
        for (var y = 0; y < 12; y++)
            for (var x = 0; x < 10; x++)
                Pixel(image, x, y).ShouldBe(x is >= 2 and < 6 && y is >= 4 and < 10 ? [(byte)(10 * (x - 2)), (byte)(20 * (y - 4)), 99] : new byte[3]);
    }

    [Fact]
    public void Of_16_bits_beside_alpha_the_high_byte_is_kept()
    {
        foreach (var (file, channels) in new[] { (MadeFiles.DeepPng, 3), (MadeFiles.InterlacedDeepPng, 3), (MadeFiles.InterlacedDeepGreyPng, 1) })
        {
            var image = ImageDecoder.Decode(file, "x");
            (image.Width, image.Height).ShouldBe((9, 7));
            for (var i = 0; i < 63 * 3; i++)
                image.Pixels[i].ShouldBe((byte)((7919 * (i / 3 % 9) + 104729 * (i / 27) + 30011 * (i % 3 % channels) & 0xFFFF) >> 8));
        }
    }

    [Theory]
    [InlineData(30, "PNG, the chunk IHDR has a wrong checksum")]
    [InlineData(60, "PNG, the chunk IDAT has a wrong checksum")]
    public void A_16_bit_PNG_with_a_changed_byte_is_refused(int at, string reason)
    {
        byte[] changed = [.. MadeFiles.DeepPng];
        changed[at] ^= 1;
        Refusal(changed).ShouldContain(reason);
    }

    // A zlib stream that asks for a dictionary, which PNG does not have.
    [Fact]
    public void Compressed_data_of_another_kind_is_refused()
    {
        byte[] dictionary = [0x78, 0x20, 1, 2, 3, 4, 5, 6];
        Refusal([.. MadeFiles.DeepPng[..33], .. Chunk("IDAT"u8, dictionary), .. MadeFiles.DeepPng[^12..]]).ShouldContain("PNG, its pixels are corrupt or cut short");
        Refusal([.. Png[..33], .. Chunk("zTXt"u8, [(byte)'t', 0, 0, .. dictionary]), .. Png[33..]]).ShouldContain("PNG, the chunk zTXt is corrupt");
    }

    [Fact]
    public void Many_compressed_texts_in_a_PNG_cost_little_memory()
    {
        byte[] text = [(byte)'t', 0, 0, 0x78, 0x01, 0x03, 0, 0, 0, 0, 1];
        byte[] file = [.. Png[..33], .. Enumerable.Repeat(Chunk("zTXt"u8, text), 2000).SelectMany(chunk => chunk), .. Png[33..]];
        ImageDecoder.Decode(file, "x").Pixels.ShouldBe(Picture.Pixels);
        var before = GC.GetAllocatedBytesForCurrentThread();
        ImageDecoder.Decode(file, "x");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(2000 * 1024);
    }

    [Fact]
    public void Sizes_that_the_bytes_cannot_hold_are_refused_before_there_is_room_for_them()
    {
        byte[] png = [.. Png], jpeg = [.. Jpeg];
        (png[18], png[22]) = (0x1F, 0x1F);
        Refusal(png).ShouldContain("bytes cannot hold 7959 x 7953 pixels");
        var frame = jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        (jpeg[frame + 5], jpeg[frame + 7]) = (0x1E, 0x1E);
        Refusal(jpeg).ShouldContain("bytes cannot hold");
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
            Refusal(Png[..length]).ShouldStartWith("image 'cut.png' cannot be decoded: ");
    }

    [Fact]
    public void A_JPEG_cut_short_anywhere_is_an_error()
    {
        for (var length = 0; length < Jpeg.Length; length += 37)
            Refusal(Jpeg[..length]).ShouldStartWith("image 'cut.png' cannot be decoded: ");
    }

    [SharedFact("data/images/formats/hopper.webp")]
    public void A_WebP_cut_short_anywhere_is_an_error()
    {
        var file = File.ReadAllBytes(RepositoryFiles.Shared("data/images/formats/hopper.webp")!);
        for (var length = 0; length < file.Length; length += 37)
            Refusal(file[..length]).ShouldStartWith("image 'cut.png' cannot be decoded: ");
    }

    [Fact]
    public void A_changed_byte_is_an_error_or_a_picture_and_never_a_crash()
    {
        foreach (var file in new[] { Png, Jpeg, MadeFiles.Gif, MadeFiles.AnimatedWebp, MadeFiles.InterlacedDeepPng })
            for (var at = 0; at < file.Length; at += Math.Max(1, file.Length / 300))
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
    [InlineData("hello, I am text", "it is not a BMP, GIF, JPEG, PNG or WebP file (its first bytes are 68656C6C6F2C2049)")]
    [InlineData("P6\n1 1\n255\n", "its format, PPM, is not supported; convert it")]
    [InlineData("MM\0*....", "its format, TIFF, is not supported; convert it")]
    [InlineData("\0\0\0\u001cftypavif", "its format, AVIF, is not supported; convert it")]
    [InlineData("RIFF\u0012\0\0\0WEBPVP8X\u000a\0\0\0\u0002.....", "WebP, its data is corrupt or cut short")]
    public void Other_files_are_refused_by_name(string start, string reason)
        => Refusal([.. start.Select(letter => (byte)letter)]).ShouldContain(reason);

    [Theory]
    [InlineData(1, (1 << 20) + 1, "the chunk zTXt unpacks to more than 1,048,576 bytes, like a bomb")]
    [InlineData(17, 1 << 20, "its texts unpack to more than 16,777,216 bytes, like a bomb")]
    public void Texts_in_a_PNG_that_are_bombs_are_refused(int count, int length, string reason)
    {
        using var zeros = new MemoryStream();
        using (var deflate = new ZLibStream(zeros, CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(new byte[length]);
        var chunk = Chunk("zTXt"u8, [(byte)'t', 0, 0, .. zeros.ToArray()]);
        Refusal([.. Png[..33], .. Enumerable.Repeat(chunk, count).SelectMany(bytes => bytes), .. Png[33..]]).ShouldContain(reason);
    }

    // 100,000 scans of 201 x 133 pixels: ten bytes each.
    [Fact]
    public void A_JPEG_of_very_many_scans_is_refused_before_they_are_decoded()
    {
        byte[] scan = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0];
        JpegHeader.CountScans(Jpeg).ShouldBe(1);
        JpegHeader.CountScans([.. Jpeg[..^2], .. scan, .. Jpeg[^2..], .. scan]).ShouldBe(2, "what follows the end is no scan");
        Refusal([.. Jpeg[..^2], .. Enumerable.Repeat(scan, 100_000).SelectMany(bytes => bytes), .. Jpeg[^2..]])
            .ShouldContain("JPEG, 100001 scans of 201 x 133 pixels, like a bomb; at most 1,000,000,000 pixels in all scans are decoded");
    }

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

    private static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] body = [.. type, .. data], length = BitConverter.GetBytes(data.Length), checksum = BitConverter.GetBytes(Crc32.Of(body));
        return [.. length.Reverse(), .. body, .. checksum.Reverse()];
    }

    private static byte[] Pixel(RgbImage image, int x, int y) => image.Pixels.AsSpan((y * image.Width + x) * 3, 3).ToArray();

    private static string Refusal(byte[] file, ImageLimits? limits = null)
        => Should.Throw<UserError>(() => ImageDecoder.Decode(file, "cut.png", limits)).Message;
}
