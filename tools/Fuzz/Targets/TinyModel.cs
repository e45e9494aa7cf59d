using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;

namespace LlavaMod.Fuzz.Targets;

/// <summary>The smallest model that has every part.</summary>
internal static class TinyModel
{
    public static LlavaConfig Config(bool sparse) => new()
    {
        Language = new LanguageConfig
        {
            VocabSize = 8, HiddenSize = 4, IntermediateSize = 4, NumHiddenLayers = 2, NumAttentionHeads = 2, NumKeyValueHeads = 1, TieWordEmbeddings = true,
        },
        Vision = new VisionConfig { HiddenSize = 4, IntermediateSize = 4, NumHiddenLayers = 2, NumAttentionHeads = 2, ImageSize = 4, PatchSize = 2 },
        Connector = "mlp2x_gelu",
        Experts = sparse ? new ExpertsConfig { Layers = [0], NumExperts = 2, TopK = 1 } : null,
    };

    /// <summary>A folder that holds it.</summary>
    public static void Save(string folder, bool sparse)
    {
        using var model = Llava.Build(Config(sparse), new RandomParameters(1));
        ModelFolder.Save(model, folder);
    }
}
