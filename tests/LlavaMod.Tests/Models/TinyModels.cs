using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models;

/// <summary>Models small enough to be trained within a test, with numbers large enough that every part of them matters.</summary>
internal static class TinyModels
{
    public const int Words = 40;

    /// <summary>Tokens of an image.</summary>
    public const int Patches = 4;

    /// <summary>Side of an image in pixels.</summary>
    public const int Side = 4;

    public static LlavaConfig Config(ExpertsConfig? experts = null, bool tied = true, int width = 16) => new()
    {
        Language = new LanguageConfig
        {
            VocabSize = Words, HiddenSize = width, IntermediateSize = 24, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2,
            TieWordEmbeddings = tied,
        },
        Vision = new VisionConfig
        {
            HiddenSize = 12, IntermediateSize = 16, NumHiddenLayers = 2, NumAttentionHeads = 2, ImageSize = Side, PatchSize = Side / 2,
        },
        Connector = "mlp2x_gelu",
        Experts = experts,
    };

    /// <summary>Experts in the first of the two layers; no token is dropped.</summary>
    public static ExpertsConfig Experts => new() { Layers = [0], NumExperts = 4, TopK = 2 };

    public static Llava Build(ulong seed, LlavaConfig? config = null, DType dtype = DType.Float32, VisionTower? tower = null) =>
        Llava.Build(config ?? Config(), new BoldParameters(seed), dtype, sharedTower: tower);

    private sealed class BoldParameters(ulong seed) : IParameterSource
    {
        private readonly RandomParameters random = new(seed);

        public Tensor Find(string name, ReadOnlySpan<long> shape, Initializer initializer) =>
            random.Find(name, shape, initializer with { Deviation = initializer.Mean == 0 ? 0.3 : 0.1 });
    }
}
