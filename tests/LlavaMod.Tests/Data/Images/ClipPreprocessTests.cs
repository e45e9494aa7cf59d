using System.Text.Json;
using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Data.Images;

/// <summary>Photographs as CLIP and SigLIP towers see them, against Pillow and NumPy.</summary>
public sealed class ClipPreprocessTests
{
    private const string Expected = "data/images/clip_preprocess/expected.json";

    [SharedTheory(Expected)]
    [MemberData(nameof(Cases))]
    public void Pixel_values_are_those_of_the_public_processors(int index)
    {
        var test = Read().GetProperty("cases")[index];
        var size = test.GetProperty("size").GetInt32();
        var file = test.GetProperty("image").GetString()!;
        var values = Steps(test.GetProperty("kind").GetString()!, size).Apply(ImageDecoder.Decode(File.ReadAllBytes(RepositoryFiles.Shared($"data/images/{file}")!), file));
        var planes = values.Chunk(size * size).ToArray();
        planes.Select(plane => plane.Average(value => (double)value)).ShouldBe(Numbers(test.GetProperty("tensor_mean_chw")), tolerance: 0.002);
        planes.Select(Deviation).ShouldBe(Numbers(test.GetProperty("tensor_std_chw")), tolerance: 0.002);

        var samples = from y in Enumerable.Range(0, 8) from x in Enumerable.Range(0, 8) from plane in planes select (double)plane[At(y, size) * size + At(x, size)];
        samples.ShouldBe(Numbers(test.GetProperty("samples_8x8_normalised")), tolerance: 0.03); // two levels
    }

    [SharedTheory(Expected)]
    [InlineData("astronaut.png", "clip336_pad")]
    [InlineData("astronaut.png", "clip224_crop")]
    [InlineData("chelsea.png", "clip336_pad")]
    [InlineData("chelsea.png", "clip224_crop")]
    [InlineData("rocket.jpg", "clip336_pad")]
    [InlineData("rocket.jpg", "clip224_crop")]
    public void Bytes_are_those_of_Pillow(string file, string kind)
    {
        var folder = RepositoryFiles.Shared("data/images")!;
        var image = ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(folder, "photos", file)), file);
        var result = $"{Path.GetFileNameWithoutExtension(file)}.{kind}.png";
        var expected = ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(folder, "clip_preprocess", result)), result);
        var worst = Steps(kind, expected.Width).Crop(image).Pixels.Zip(expected.Pixels, (a, b) => Math.Abs(a - b)).Max();
        worst.ShouldBeLessThanOrEqualTo(file.EndsWith(".png") ? 0 : 2);
    }

    public static TheoryData<int> Cases() => [.. Enumerable.Range(0, Read().GetProperty("cases").GetArrayLength())];

    private static int At(int sample, int size) => (2 * sample + 1) * size / 16;

    private static ImagePreprocessor Steps(string kind, int size) => kind.StartsWith("siglip")
        ? new() { Size = size, Stretch = true, Mean = new(0.5, 0.5, 0.5), Deviation = new(0.5, 0.5, 0.5) }
        : new() { Size = size, PadToSquare = kind.EndsWith("pad") };

    private static double Deviation(float[] plane)
    {
        var mean = plane.Average(value => (double)value);
        return Math.Sqrt(plane.Average(value => (value - mean) * (value - mean)));
    }

    private static JsonElement Read() => JsonElement.Parse(File.ReadAllBytes(RepositoryFiles.Shared(Expected)!));

    private static double[] Numbers(JsonElement node)
        => node.ValueKind == JsonValueKind.Array ? [.. node.EnumerateArray().SelectMany(Numbers)] : [node.GetDouble()];
}
