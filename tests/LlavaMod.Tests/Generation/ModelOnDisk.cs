using LlavaMod.Checkpoints;
using LlavaMod.Data.Images;
using LlavaMod.Models;
using LlavaMod.Recipes;
using LlavaMod.Stages;
using LlavaMod.Tests.Models;
using LlavaMod.Tokenization;
using LlavaMod.Tokenization.Templates;

namespace LlavaMod.Tests.Generation;

/// <summary>A tiny model's folder, with everything that it needs to answer.</summary>
internal static class ModelOnDisk
{
    public const int LongestSequence = 120;

    private static readonly Tokenizer Tokenizer = BpeTokenizer.Train(["Describe the image. Is there a red circle? A large blue square."], 270, ["<|endoftext|>"]);

    /// <summary>Its sizes: a sparse model, with a row for every token.</summary>
    public static LlavaConfig Config { get; } = WithWords(TinyModels.Config(TinyModels.Experts));

    private static LlavaConfig WithWords(LlavaConfig config) =>
        config with { Language = config.Language with { VocabSize = Tokenizer.VocabSize, MaxPositionEmbeddings = LongestSequence } };

    /// <summary>Writes it.</summary>
    /// <param name="folder">The folder to make.</param>
    /// <param name="config">Its sizes, where they are not the usual ones.</param>
    /// <param name="side">Side of the pictures that its preprocessing makes.</param>
    /// <param name="template">Its chat template, where it is not qwen without a system text.</param>
    /// <param name="seed">Seed of its weights.</param>
    public static void Write(string folder, LlavaConfig? config = null, int side = TinyModels.Side, TemplateSpec? template = null, ulong seed = 5)
    {
        using var model = TinyModels.Build(seed, config ?? Config);
        ModelFolder.Save(model, folder);
        template ??= new TemplateSpec { Options = new QwenTemplate.Options { System = "" } };
        var encoding = new SampleEncoding(Tokenizer, template, new ImagePreprocessor { Size = side, PadToSquare = true });
        EncodingFiles.Save(encoding, folder, withImages: model.Tower is not null);
    }
}
