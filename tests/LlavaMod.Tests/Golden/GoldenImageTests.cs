using System.Security.Cryptography;
using System.Text.Json;
using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Golden;

/// <summary>
/// Kind image-preprocess: decoding, padding, resizing, cropping and normalising, as Pillow, LLaVA-MoD and CLIPImageProcessor do it.
/// Other people's photographs are not in the fixtures: they are read from ../shared/golden.
/// </summary>
public sealed class GoldenImageTests
{
    private const string Kind = "image-preprocess";
    private const string HashSuffix = "_u8_chw_sha256";
    private const int JpegSlack = 4; // levels by which JPEG decoders differ

    [GoldenTheory(Kind)]
    [MemberData(nameof(PresentImages))]
    public void Pictures_decode_to_the_same_pixels(string name, string file)
    {
        var (golden, image) = (GoldenCases.Open(name), Decode(name, file));
        var expected = golden.Parameters.GetProperty("images").GetProperty(file);
        image.Width.ShouldBe(expected.GetProperty("width").GetInt32());
        image.Height.ShouldBe(expected.GetProperty("height").GetInt32());
        if (!IsExact(expected, image))
            expected.GetProperty("format").GetString().ShouldBe("JPEG", "PNG has one right answer");

        var arrays = new GoldenArrays(golden.File("expected.safetensors"));
        var places = arrays.Read<long>($"in.{Stem(file)}.decoded_idx").Chunk(3); // y, x, channel
        var off = places.Zip(arrays.Read<byte>($"out.{Stem(file)}.decoded_val"), (at, value) =>
            Math.Abs(image.Pixels[(at[0] * image.Width + at[1]) * 3 + at[2]] - value)).ToList();
        off.Max().ShouldBeLessThanOrEqualTo(IsExact(expected, image) ? 0 : JpegSlack);
        off.Average().ShouldBeLessThan(0.6);
    }

    [GoldenTheory(Kind)]
    [MemberData(nameof(PresentImages))]
    public void Pictures_become_the_same_pixel_values(string name, string file)
    {
        var (golden, image) = (GoldenCases.Open(name), Decode(name, file));
        var arrays = new GoldenArrays(golden.File("expected.safetensors"));
        var expected = golden.Parameters.GetProperty("images").GetProperty(file);
        var exact = IsExact(expected, image);
        var hashes = expected.EnumerateObject().Where(entry => entry.Name.EndsWith(HashSuffix)).ToList();
        hashes.ShouldNotBeEmpty();
        foreach (var hash in hashes)
        {
            var variant = hash.Name[..^HashSuffix.Length];
            var steps = Steps(golden, variant);
            if (exact)
                Hash(Planes(steps.Crop(image))).ShouldBe(hash.Value.GetString(), variant);
            var slack = exact ? 0 : JpegSlack / 255.0 / steps.Deviation.Green;
            Compare(golden, arrays, $"{Stem(file)}.{variant}", steps.Apply(image), slack);
            CompareBytes(golden, arrays, $"{Stem(file)}.{variant}", Planes(steps.Crop(image)), exact ? 0 : JpegSlack);
        }
    }

    [EveryPictureFact]
    public void Every_picture_was_checked() => Absent().ShouldBeEmpty();

    /// <summary>The cases, and for each the pictures that are here.</summary>
    public static TheoryData<string, string> PresentImages()
    {
        var rows = new TheoryData<string, string>();
        foreach (var (name, image) in All().Where(row => PathOf(row.Case, row.Image) is not null))
            rows.Add(name, image);
        return rows;
    }

    /// <summary>Skipped, with their names, where pictures are absent.</summary>
    private sealed class EveryPictureFactAttribute : FactAttribute
    {
        public EveryPictureFactAttribute()
        {
            if (Directory.Exists(GoldenCases.Root) && Absent() is { Count: > 0 } absent)
                Skip = $"neither in the case nor in ../shared: {string.Join(", ", absent)}";
        }
    }

    private static IEnumerable<(string Case, string Image)> All() => GoldenCases.Names(Kind).SelectMany(name => GoldenCases.Open(name)
        .Parameters.GetProperty("images").EnumerateObject().Select(image => (name, image.Name)));

    private static List<string> Absent() => [.. All().Where(row => PathOf(row.Case, row.Image) is null).Select(row => row.Image)];

    private static string? PathOf(string name, string image)
    {
        var path = GoldenCases.Open(name).File(Path.Combine("images", image));
        return File.Exists(path) ? path : RepositoryFiles.Shared($"golden/{name}/images/{image}");
    }

    private static RgbImage Decode(string name, string image) => ImageDecoder.Decode(File.ReadAllBytes(PathOf(name, image)!), image);

    // "pad336": padded to a square, then 336 x 336; "square56": the shorter side to 56, then the centre.
    private static ImagePreprocessor Steps(GoldenCase golden, string variant)
    {
        var size = int.Parse(variant.AsSpan(variant.IndexOfAnyInRange('0', '9')));
        return ImagePreprocessor.Load(golden.Folder) with { Size = size, ShortestEdge = size, PadToSquare = variant.StartsWith("pad") };
    }

    private static void Compare(GoldenCase golden, GoldenArrays arrays, string prefix, float[] actual, double slack)
    {
        var tensors = golden.Manifest.GetProperty("tensors");
        var side = (int)Math.Sqrt(actual.Length / 3);
        foreach (var tensor in tensors.EnumerateObject().Where(entry => entry.Name.StartsWith($"out.{prefix}.")))
        {
            var values = tensor.Name[$"out.{prefix}.".Length..] switch
            {
                "pixel_values" => actual,
                "val" => [.. arrays.Read<long>($"in.{prefix}.idx").Chunk(3).Select(at => actual[(at[0] * side + at[1]) * side + at[2]])],
                "channel_mean" => [.. actual.Chunk(side * side).Select(plane => (float)plane.Average(value => (double)value))],
                _ => [], // the bytes
            };
            if (values.Length > 0)
                ShouldMatch(values, arrays.Read<float>(tensor.Name), tensor, slack);
        }
    }

    private static void CompareBytes(GoldenCase golden, GoldenArrays arrays, string prefix, byte[] actual, int slack)
    {
        var side = (int)Math.Sqrt(actual.Length / 3);
        var tensors = golden.Manifest.GetProperty("tensors");
        if (tensors.TryGetProperty($"out.{prefix}.u8", out _))
            Worst(actual, arrays.Read<byte>($"out.{prefix}.u8")).ShouldBeLessThanOrEqualTo(slack, prefix);
        if (tensors.TryGetProperty($"out.{prefix}.u8_val", out _))
            Worst([.. arrays.Read<long>($"in.{prefix}.idx").Chunk(3).Select(at => actual[(at[0] * side + at[1]) * side + at[2]])], arrays.Read<byte>($"out.{prefix}.u8_val"))
                .ShouldBeLessThanOrEqualTo(slack, prefix);
    }

    private static int Worst(byte[] actual, byte[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        return actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max();
    }

    private static void ShouldMatch(float[] actual, float[] expected, JsonProperty tensor, double slack)
    {
        actual.Length.ShouldBe(expected.Length, tensor.Name);
        var worst = actual.Zip(expected, (a, b) => Math.Abs((double)a - b)).Max();
        worst.ShouldBeLessThanOrEqualTo(tensor.Value.GetProperty("tol").GetDouble() + slack, tensor.Name);
    }

    private static bool IsExact(JsonElement expected, RgbImage image)
        => Hash(image.Pixels) == expected.GetProperty("decoded_rgb_sha256").GetString();

    private static byte[] Planes(RgbImage image)
    {
        var area = image.Width * image.Height;
        var planes = new byte[area * 3];
        for (var i = 0; i < planes.Length; i++)
            planes[i] = image.Pixels[i % area * 3 + i / area];
        return planes;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string Stem(string file) => file.Replace('.', '_');
}
