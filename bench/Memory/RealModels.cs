using LlavaMod.Models;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;

namespace LlavaMod.Bench.Memory;

/// <summary>Models of real widths with few layers.</summary>
internal static class RealModels
{
    public static readonly LlavaConfig Teacher = new() { Language = Words(1536, 8960, heads: 12), Vision = Tower, Connector = "mlp2x_gelu" };

    public static readonly LlavaConfig Student = new() { Language = Words(896, 4864, heads: 14) };

    private static VisionConfig Tower => new()
    {
        HiddenSize = 1024, IntermediateSize = 4096, NumHiddenLayers = 6, NumAttentionHeads = 16, ImageSize = 336, PatchSize = 14,
    };

    private static LanguageConfig Words(long width, long intermediate, int heads) => new()
    {
        VocabSize = 151936, HiddenSize = width, IntermediateSize = intermediate, NumHiddenLayers = 4, NumAttentionHeads = heads, NumKeyValueHeads = 2,
        TieWordEmbeddings = true,
    };
}
