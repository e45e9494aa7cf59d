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
    [InlineData("""{"size": {"shortest_edge": 336}, "crop_size": {"height": 336, "width": 336}}""", 336, 336, false)]
    [InlineData("""{"size": {"height": 384, "width": 384}, "image_processor_type": "SiglipImageProcessor"}""", 384, null, true)]
    [InlineData("{}", 224, 224, false)]
    public void Steps_come_from_preprocessor_config(string json, int size, int? edge, bool stretch)
    {
        folder.Write("preprocessor_config.json", json);
        var steps = ImagePreprocessor.Load(folder.Path);
        (steps.Size, steps.ShortestEdge, steps.Stretch).ShouldBe((size, edge, stretch));
        steps.Mean.Blue.ShouldBe(json.Contains("0.3") ? 0.3 : 0.40821073);
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
    [InlineData("""{"size": "big"}""", "size is \"big\", not a whole number from 1 to 4096")]
    [InlineData("""{"size": {"shortest_edge": 1000000}}""", "size.shortest_edge is 1000000, not a whole number")]
    [InlineData("""{"size": {"height": 100, "width": 200}}""", "only squares are")]
    [InlineData("""{"size": 224, "crop_size": 336}""", "crop_size 336 is larger than size 224")]
    [InlineData("""{"do_resize": false}""", "do_resize false is not supported")]
    [InlineData("""{"do_center_crop": false}""", "do_center_crop false is not supported")]
    [InlineData("""{"do_rescale": 1}""", "do_rescale is 1, not true or false")]
    [InlineData("""{"resample": 2}""", "resample 2 is not supported: only 3, bicubic, is")]
    [InlineData("""{"image_mean": [1, 2]}""", "image_mean is [1,2], not a list of three numbers")]
    [InlineData("""{"image_std": [1, 0, 1]}""", "image_std [1,0,1] is not supported")]
    public void What_cannot_be_honoured_is_refused(string json, string message)
    {
        folder.Write("preprocessor_config.json", json);
        Should.Throw<UserError>(() => ImagePreprocessor.Load(folder.Path)).Message.ShouldContain(message);
    }

    public void Dispose() => folder.Dispose();
}
