using LlavaMod.Data.Images;

namespace LlavaMod.Tests.Data.Images;

public sealed class ImagePreprocessorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Values_are_planes_normalised_by_channel()
    {
        var steps = new ImagePreprocessor { Size = 2, Mean = new(0, 0.5, 1), Deviation = new(1, 0.5, 0.25) };
        steps.Apply(Pictures.Plain(2, 2, 255, 0, 51)).ShouldBe([1, 1, 1, 1, -1, -1, -1, -1, -3.2f, -3.2f, -3.2f, -3.2f], tolerance: 1e-6);
    }

    [Fact]
    public void Padding_keeps_all_of_a_long_picture_on_the_mean_colour()
    {
        var steps = new ImagePreprocessor { Size = 4, PadToSquare = true };
        var padded = steps.Crop(Pictures.Plain(4, 2, 9, 9, 9));
        padded.Pixels[..3].ShouldBe([122, 116, 104]);
        padded.Pixels[(4 * 3)..(4 * 3 + 3)].ShouldNotBe([122, 116, 104]);
    }

    [Fact]
    public void A_picture_one_pixel_wide_and_very_long_costs_little()
    {
        var thread = new RgbImage(1, 60_000, new byte[180_000]);
        new ImagePreprocessor { Size = 336, PadToSquare = true }.Apply(thread).Length.ShouldBe(3 * 336 * 336);
        new ImagePreprocessor { Size = 336 }.Apply(thread).Max().ShouldBeLessThan(-1);
    }

    [Fact]
    public void Room_of_another_size_is_refused()
        => Should.Throw<ArgumentException>(() => new ImagePreprocessor { Size = 2 }.Apply(Pictures.Plain(2, 2, 0, 0, 0), new float[11]));

    [Theory]
    [InlineData("""{"size": 336, "crop_size": 224, "image_mean": [0.1, 0.2, 0.3], "image_std": [1, 2, 3]}""", 224, 336, false)]
    [InlineData("""{"size": {"shortest_edge": 336}, "crop_size": {"height": 336, "width": 336}}""", 336, null, false)]
    [InlineData("""{"size": {"height": 384, "width": 384}, "image_processor_type": "SiglipImageProcessor"}""", 384, null, true)]
    [InlineData("""{"size": 384, "do_convert_rgb": null, "image_processor_type": "SiglipImageProcessor"}""", 384, null, true)]
    [InlineData("""{"size": {"height": 256, "width": 256}, "do_center_crop": true, "crop_size": 224}""", 224, 256, true)]
    [InlineData("""{"feature_extractor_type": "CLIPFeatureExtractor", "do_pad": false}""", 224, null, false)]
    [InlineData("{}", 224, null, false)]
    public void Steps_come_from_preprocessor_config(string json, int size, int? edge, bool stretch)
    {
        folder.Write("preprocessor_config.json", json);
        var steps = ImagePreprocessor.Load(folder.Path);
        (steps.Size, steps.ShortestEdge, steps.Stretch).ShouldBe((size, edge, stretch));
        steps.Mean.Blue.ShouldBe(json.Contains("0.3") ? 0.3 : json.Contains("Siglip") ? 0.5 : 0.40821073);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_was_saved_is_read_again(int code)
    {
        var kernel = ResampleKernel.All.Single(kernel => kernel.Code == code);
        foreach (var stretch in new[] { false, true })
            foreach (var edge in new int?[] { null, 9 })
            {
                var steps = new ImagePreprocessor { Size = 7, ShortestEdge = edge, Stretch = stretch, Kernel = kernel, Mean = new(0.1, 0.2, 0.3), RescaleFactor = 0.5 };
                steps.Save(folder.Path);
                ImagePreprocessor.Load(folder.Path).ShouldBe(steps);
            }
    }

    [Fact]
    public void A_file_gives_the_values_of_its_picture()
    {
        var picture = Pictures.Noise(31, 17);
        var steps = new ImagePreprocessor { Size = 12, PadToSquare = true };
        var values = new float[steps.ValueCount];
        steps.Apply(PngEncoder.Encode(picture), "x", values);
        values.ShouldBe(steps.Apply(picture));
    }

    [Fact]
    public void Steps_that_are_switched_off_do_nothing()
    {
        folder.Write("preprocessor_config.json", """{"size": 2, "crop_size": 2, "do_rescale": false, "do_normalize": false}""");
        ImagePreprocessor.Load(folder.Path).Apply(Pictures.Plain(2, 2, 7, 8, 9)).ShouldBe([7, 7, 7, 7, 8, 8, 8, 8, 9, 9, 9, 9]);
    }

    [Theory]
    [InlineData("[]", "does not hold a JSON object")]
    [InlineData("{\"size\":", "is not valid JSON")]
    [InlineData("""{"size": "\ud800"}""", "is not valid JSON")]
    [InlineData("""{"\udc00": 1}""", "is not valid JSON")]
    [InlineData("""{"size": "big"}""", "size is \"big\", not a whole number from 1 to 4096")]
    [InlineData("""{"size": {"shortest_edge": 1000000}}""", "size.shortest_edge is 1000000, not a whole number")]
    [InlineData("""{"size": {"height": 100, "width": 200}}""", "only squares are")]
    [InlineData("""{"size": 224, "crop_size": 336}""", "crop_size 336 is larger than size 224")]
    [InlineData("""{"do_resize": false}""", "do_resize false is not supported")]
    [InlineData("""{"do_center_crop": false}""", "do_center_crop false is not supported")]
    [InlineData("""{"do_rescale": 1}""", "do_rescale is 1, not true or false")]
    [InlineData("""{"resample": 0}""", "resample 0 is not supported: 1 (lanczos), 2 (bilinear), 3 (bicubic) are")]
    [InlineData("""{"do_pad": true}""", "do_pad true is not supported: of the steps, do_resize, do_center_crop")]
    [InlineData("""{"image_processor_type": "LlavaNextImageProcessor"}""", "the image processor LlavaNextImageProcessor is not supported; CLIPImageProcessor")]
    [InlineData("""{"size": {"shortest_edge": 224, "longest_edge": 448}}""", "is not supported: shortest_edge alone, or height and width, are")]
    [InlineData("""{"size": {"longest_edge": 448}}""", "size.height is missing, not a whole number")]
    [InlineData("""{"size": {"shortest_edge": 384}, "image_processor_type": "SiglipImageProcessor"}""", "is not supported: pictures of which only")]
    [InlineData("""{"image_mean": [1, 2]}""", "image_mean is [1,2], not a list of three numbers")]
    [InlineData("""{"image_std": [1, 0, 1]}""", "image_std [1,0,1] is not supported")]
    public void What_cannot_be_honoured_is_refused(string json, string message)
    {
        folder.Write("preprocessor_config.json", json);
        Should.Throw<UserError>(() => ImagePreprocessor.Load(folder.Path)).Message.ShouldContain(message);
    }

    public void Dispose() => folder.Dispose();
}
