using System.Security.Cryptography;
using System.Text.Json;
using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Data.Images;

/// <summary>Photographs, odd files and broken files, against what Pillow makes of them.</summary>
public sealed class PublishedImageTests
{
    private const string Manifest = "data/images/manifest.json";

    // A refusal costs no more than the file, a moderate picture and libraries that start.
    private const int MostBytes = 4 << 20;

    private static readonly string[] Decoded = ["BMP", "GIF", "JPEG", "PNG", "WEBP"];

    [SharedTheory(Manifest)]
    [MemberData(nameof(Readable))]
    public void Pictures_decode_to_Pillows_pixels(string file)
    {
        var expected = Entry(file);
        var image = Decode(file);
        image.Width.ShouldBe(expected.GetProperty("width").GetInt32());
        image.Height.ShouldBe(expected.GetProperty("height").GetInt32());
        if (expected.TryGetProperty("rgb_sha256", out var hash))
            Convert.ToHexStringLower(SHA256.HashData(image.Pixels)).ShouldBe(hash.GetString());
        Samples(image).ShouldBe(Numbers(expected.GetProperty("rgb_samples_5x5")), tolerance: 4);
        Means(image).ShouldBe(Numbers(expected.GetProperty("rgb_mean")), tolerance: 0.1);
    }

    [SharedTheory(Manifest)]
    [MemberData(nameof(Unreadable))]
    public void Broken_and_foreign_files_give_one_clear_line(string file)
    {
        var bytes = File.ReadAllBytes(RepositoryFiles.Shared($"data/images/{file}")!);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = Should.Throw<UserError>(() => ImageDecoder.Decode(bytes, file)).Message;
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(MostBytes);
        message.ShouldStartWith($"image '{file}' cannot be decoded: ");
        message.ShouldNotContain("\n");
    }

    public static TheoryData<string> Readable() => [.. Files(readable: true)];

    public static TheoryData<string> Unreadable() => [.. Files(readable: false)];

    private static IEnumerable<string> Files(bool readable) => Entries()
        .Where(entry => readable == (entry.GetProperty("decodes").GetBoolean() && Decoded.Contains(entry.GetProperty("format").GetString())))
        .Select(entry => entry.GetProperty("file").GetString()!);

    private static IEnumerable<JsonElement> Entries() => JsonElement.Parse(File.ReadAllBytes(RepositoryFiles.Shared(Manifest)!)).GetProperty("files").EnumerateArray();

    private static JsonElement Entry(string file) => Entries().Single(entry => entry.GetProperty("file").GetString() == file);

    private static RgbImage Decode(string file) => ImageDecoder.Decode(File.ReadAllBytes(RepositoryFiles.Shared($"data/images/{file}")!), file);

    private static double[] Samples(RgbImage image) => [.. from y in Enumerable.Range(0, 5)
                                                         from x in Enumerable.Range(0, 5)
                                                         let at = ((2 * y + 1) * image.Height / 10 * image.Width + (2 * x + 1) * image.Width / 10) * 3
                                                         from channel in Enumerable.Range(0, 3)
                                                         select (double)image.Pixels[at + channel]];

    private static double[] Means(RgbImage image)
        => [.. Enumerable.Range(0, 3).Select(channel => Mean(image.Pixels, channel))];

    private static double Mean(byte[] pixels, int channel)
    {
        var sum = 0L;
        for (var at = channel; at < pixels.Length; at += 3)
            sum += pixels[at];
        return 3.0 * sum / pixels.Length;
    }

    private static double[] Numbers(JsonElement node)
        => node.ValueKind == JsonValueKind.Array ? [.. node.EnumerateArray().SelectMany(Numbers)] : [node.GetDouble()];
}
