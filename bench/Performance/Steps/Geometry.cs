using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;

namespace LlavaMod.Performance.Steps;

/// <summary>Sizes of a step: both models, and a batch whose rows hold one image, at most so many words of a prompt and of a response.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Vision">The tower of both models.</param>
/// <param name="Student">The student's language model.</param>
/// <param name="Teacher">The teacher's.</param>
/// <param name="Batch">Rows.</param>
/// <param name="Prompt">Words of the longest row's prompt.</param>
/// <param name="Response">Words of its response.</param>
/// <param name="Parts">Micro-batches into which we cut the batch, side by side: operators as small as these keep two cores busy two at a time.</param>
internal sealed record Geometry(
    string Name, VisionConfig Vision, LanguageConfig Student, LanguageConfig Teacher, int Batch, int Prompt, int Response, int Parts = 1)
{
    public static readonly Geometry Small = new(
        "small", Tower(128, layers: 4, heads: 4, side: 112),
        Words(2048, 256, 704, layers: 4, heads: 4), Words(2048, 512, 1408, layers: 6, heads: 8), Batch: 8, Prompt: 64, Response: 32, Parts: 2);

    public static readonly Geometry Real = new(
        "real", Tower(1024, layers: 6, heads: 16, side: 336),
        Words(151936, 896, 4864, layers: 4, heads: 14), Words(151936, 1536, 8960, layers: 4, heads: 12), Batch: 2, Prompt: 128, Response: 64);

    /// <summary>As many layers, experts and rows as small has, and next to nothing in each: the same operators, almost without arithmetic.</summary>
    public static readonly Geometry Hollow = new(
        "hollow", Tower(8, layers: 4, heads: 4, side: 14),
        Words(16, 8, 8, layers: 4, heads: 4), Words(16, 16, 16, layers: 6, heads: 8), Batch: 8, Prompt: 2, Response: 2, Parts: 2);

    /// <summary>A geometry by its name.</summary>
    public static Geometry Find(string name) => ((Geometry[])[Small, Real, Hollow]).First(geometry => geometry.Name == name);

    public LlavaConfig Config(LanguageConfig language, ExpertsConfig? experts = null) =>
        new() { Language = language, Vision = Vision, Connector = "mlp2x_gelu", Experts = experts };

    /// <summary>LLaVA-MoD's placement and router, without a capacity: no token is dropped.</summary>
    public ExpertsConfig Experts => new() { Layers = [.. Enumerable.Range(0, Student.NumHiddenLayers).Where(layer => layer % 2 == 0)] };

    public int ImageTokens => Vision.Tokens;

    /// <summary>Supervised positions of a batch.</summary>
    public int Supervised => Enumerable.Range(0, Batch).Sum(row => Share(Response, row));

    /// <summary>Positions of a row before padding.</summary>
    public int Length(int row) => PromptLength(row) + Share(Response, row);

    /// <summary>Positions of a row before its response.</summary>
    public int PromptLength(int row) => ImageTokens + Share(Prompt, row);

    /// <summary>A row's part of the longest row's words: the last row has half of the first one's.</summary>
    public int Share(int words, int row) => words - words / 2 * row / Math.Max(1, Batch - 1);

    private static VisionConfig Tower(long width, int layers, int heads, int side) => new()
    {
        HiddenSize = width, IntermediateSize = 4 * width, NumHiddenLayers = layers, NumAttentionHeads = heads, ImageSize = side, PatchSize = 14,
    };

    private static LanguageConfig Words(long vocabulary, long width, long intermediate, int layers, int heads) => new()
    {
        VocabSize = vocabulary, HiddenSize = width, IntermediateSize = intermediate, NumHiddenLayers = layers, NumAttentionHeads = heads, NumKeyValueHeads = 2,
        TieWordEmbeddings = true,
    };
}
