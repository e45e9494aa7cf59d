using LlavaMod.Models;
using LlavaMod.Models.Vision;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

public class VisionFeaturesTests
{
    private static readonly VisionConfig Config = new()
    {
        HiddenSize = 48, IntermediateSize = 96, NumHiddenLayers = 2, NumAttentionHeads = 2, ImageSize = 28, PatchSize = 7,
    };

    [Fact]
    public void A_frozen_towers_features_are_the_same_in_any_company()
    {
        using var scope = new TensorScope();
        var tower = VisionTower.Build(Config, new RandomParameters(1), DType.Float32, Device.Cpu);
        var images = Images(7);
        using var together = new VisionFeatures();
        using var apart = new VisionFeatures();
        apart.Of(tower, [images[5], images[2]], trained: false);
        apart.Of(tower, [images[3]], trained: false);
        apart.Of(tower, images, trained: false)!.ToArray<float>().ShouldBe(together.Of(tower, images, trained: false)!.ToArray<float>());
        tower.Store.Dispose();
    }

    private static PreparedImage[] Images(int count)
    {
        var random = new Random(2);
        return [.. Enumerable.Range(0, count).Select(i => new PreparedImage($"{i}", [.. Enumerable.Range(0, 3 * 28 * 28).Select(_ => random.NextSingle())]))];
    }
}
