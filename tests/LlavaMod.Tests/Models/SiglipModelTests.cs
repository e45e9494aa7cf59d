using LlavaMod.Checkpoints;
using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Models.Vision;
using LlavaMod.Recipes;
using LlavaMod.Tests.Checkpoints.Layouts;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models;

/// <summary>A LLaVA that looks through SigLIP.</summary>
public sealed class SiglipModelTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void Pixels_beyond_whole_patches_are_not_looked_at()
    {
        var clip = TinyModels.Config();
        var config = clip with { Vision = clip.Vision! with { ModelType = Siglip.ModelType, ImageSize = 5 } };
        using var model = TinyModels.Build(3, config);
        model.TokensPerImage.ShouldBe(4);
        var pixels = Create.Normal([1, 3, 5, 5], new RandomGenerator(1));
        var inside = pixels.Narrow(2, 0, 4).Narrow(3, 0, 4).Contiguous();
        model.Tower!.Features(pixels).ToArray<float>().ShouldBe(model.Tower.Features(inside).ToArray<float>(), 1e-5f);
    }

    [Theory, InlineData("native"), InlineData("hf-llava")]
    public void A_tower_without_its_pooling_head_sees_the_same(string layout)
    {
        var clip = TinyModels.Config();
        var config = clip with { Vision = clip.Vision! with { ModelType = Siglip.ModelType } };
        using var whole = TinyModels.Build(3, config);
        using var model = TinyModels.Build(3, config with { Vision = config.Vision with { VisionUseHead = false } });
        CheckpointFiles.Write(model, Catalog<CheckpointLayout>.Create(layout), folder.Path);
        using var loaded = ModelFolder.Load(folder.Path);
        loaded.Config.Vision.ShouldBe(model.Config.Vision);
        loaded.Tower!.Store.Parameters.ShouldNotContain(parameter => parameter.Name.Contains(".head."));
        var pixels = Create.Normal([1, 3, TinyModels.Side, TinyModels.Side], new RandomGenerator(1));
        loaded.Tower.Features(pixels).ToArray<float>().ShouldBe(whole.Tower!.Features(pixels).ToArray<float>());
    }

    [Fact]
    public void It_is_saved_and_loaded_as_one_and_sees_every_patch()
    {
        var clip = TinyModels.Config();
        var config = clip with { Vision = clip.Vision! with { ModelType = Siglip.ModelType, HiddenAct = "gelu_pytorch_tanh", LayerNormEps = 1e-6 } };
        using var model = TinyModels.Build(3, config);
        ModelFolder.Save(model, folder.Path);
        using var loaded = ModelFolder.Load(folder.Path);
        loaded.Config.Vision.ShouldBe(config.Vision);
        loaded.Tower!.Store.Contains("model.vision_tower.vision_tower.vision_model.head.probe").ShouldBeTrue();
        loaded.Tower.Store.Parameters.ShouldNotContain(parameter => parameter.Name.EndsWith("class_embedding", StringComparison.Ordinal));

        var pixels = Create.Normal([2, 3, config.Vision.ImageSize, config.Vision.ImageSize], new RandomGenerator(1));
        var features = loaded.Tower.Features(pixels);
        features.Shape.ToArray().ShouldBe([2, config.Vision.Patches, config.Vision.HiddenSize]);
        features.ToArray<float>().ShouldBe(model.Tower!.Features(pixels).ToArray<float>());
    }
}
