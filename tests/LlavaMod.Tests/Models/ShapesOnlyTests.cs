using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models;

public class ShapesOnlyTests
{
    private static readonly LlavaConfig Config = new()
    {
        Language = new LanguageConfig { VocabSize = 50, HiddenSize = 16, IntermediateSize = 24, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2 },
        Vision = new VisionConfig { HiddenSize = 12, IntermediateSize = 20, NumHiddenLayers = 2, NumAttentionHeads = 2, ImageSize = 8, PatchSize = 4 },
        Connector = "mlp2x_gelu",
        Experts = new ExpertsConfig { Layers = [1], NumExperts = 3, TopK = 1, UseResidual = true },
    };

    [Fact]
    public void A_model_without_values_has_every_name_shape_part_and_type_of_one_with_them()
    {
        using var scope = new TensorScope();
        using var outline = ShapesOnly.Build(Config, DType.BFloat16);
        using var model = Llava.Build(Config, new RandomParameters(1), DType.BFloat16);
        Describe(outline).ShouldBe(Describe(model));
        ModelSize.Of(outline).ShouldBe(ModelSize.Of(model));
    }

    // A 7B-sized Qwen: 28 GB with its values.
    [Fact]
    public void A_large_model_is_counted_without_its_memory()
    {
        using var scope = new TensorScope();
        var language = new LanguageConfig { VocabSize = 151936, HiddenSize = 4096, IntermediateSize = 11008, NumHiddenLayers = 32, NumAttentionHeads = 32, NumKeyValueHeads = 32 };
        long before = Environment.WorkingSet;
        using var model = ShapesOnly.Build(new LlavaConfig { Language = language });
        ModelSize.Of(model).Total.ShouldBe(7_721_324_544);
        (Environment.WorkingSet - before).ShouldBeLessThan(1L << 30);
    }

    [Fact]
    public void Only_the_chosen_experts_of_a_token_are_active()
    {
        using var scope = new TensorScope();
        using var model = ShapesOnly.Build(Config);
        var size = ModelSize.Of(model);
        (size.Total - size.Active).ShouldBe(2 * 3 * 16 * 24);
    }

    private static string[] Describe(Llava model) =>
        [.. model.AllParameters.Select(parameter => $"{parameter.Name} {parameter.Part} {parameter.Value.DType} {string.Join('x', parameter.Value.Shape.ToArray())}")];
}
