using LlavaMod.Data;
using LlavaMod.Models.Language;
using LlavaMod.Models.Vision;
using LlavaMod.Recipes;
using LlavaMod.Stages;
using LlavaMod.Tokenization;
using LlavaMod.Training;

namespace LlavaMod.Performance.Packing;

/// <summary>Samples whose lengths are those of some data, and the sizes of student and teacher for them.</summary>
/// <param name="Name">What the lengths are of.</param>
/// <param name="Student">The student's language model.</param>
/// <param name="Teacher">The teacher's.</param>
/// <param name="Vision">The tower of both.</param>
/// <param name="Samples">Every one with an image.</param>
internal sealed record Lengths(string Name, LanguageConfig Student, LanguageConfig Teacher, VisionConfig Vision, EncodedSample[] Samples)
{
    /// <summary>Captions and conversations of the built-in world as the quickstart's d2d stage reads them, and its models.</summary>
    public static Lengths World(int count)
    {
        var recipe = new RecipeLoader(LibraryParts.All).Load(Path.Combine(Repository.Root, "recipes", "toy", "quickstart.yaml"), []);
        using var datasets = new Datasets(recipe, Console.Error.WriteLine);
        var captions = (IDataset<Sample>)datasets["captions"];
        var questions = (IDataset<Sample>)datasets["general"];
        int each = (captions.Count + questions.Count) / captions.Count; // as often as the stage meets a caption
        Sample[] samples = [.. Enumerable.Range(0, count).Select(i => i % each == 0 ? captions[i / each] : questions[i])];
        var template = Catalog<ChatTemplate>.Create(recipe.Template.Name, recipe.Template.Options);
        var tokenizer = BpeTokenizer.Train(samples.SelectMany(sample => template.Texts(sample.Turns)), recipe.Tokenizer!.VocabSize, ["<|endoftext|>", .. template.SpecialTokens]);
        var encoding = new SampleEncoding(tokenizer, recipe.Template, null);
        return new(
            "world", Words(448, 64, 160, 2, 4, 2), Words(448, 128, 256, 2, 4, 4), Tower(128, 2, 4, side: 60, patch: 20),
            [.. samples.Select(sample => encoding.Encode(sample.Id, sample.Turns))]);
    }

    /// <summary>LLaVA's instructions scaled down: 64 tokens of an image, 16 to 48 of a question, an answer log-normal between 8 and 400.</summary>
    public static Lengths Llava(int count)
    {
        const int Vocabulary = 2048;
        var random = new Random(1);
        return new(
            "LLaVA-like", Words(Vocabulary, 256, 704, 4, 4, 2), Words(Vocabulary, 256, 704, 4, 4, 4), Tower(128, 4, 4, side: 112, patch: 14),
            [.. Enumerable.Range(0, count).Select(Instruction)]);

        EncodedSample Instruction(int number)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            int question = random.Next(16, 49), answer = (int)Math.Clamp(60 * Math.Exp(normal), 8, 400);
            int[] ids = [Splicer.ImageId, .. Enumerable.Range(0, question + answer).Select(_ => random.Next(Vocabulary))];
            return new EncodedSample($"{number}", ids, [.. ids.Select((id, place) => place > question ? id : Splicer.Ignored)]);
        }
    }

    /// <summary>The samples as batches of so many.</summary>
    public IEnumerable<MicroBatch> Batches(int size, bool packed)
    {
        var random = new Random(2);
        float[] pixels = [.. Enumerable.Range(0, 3 * Vision.ImageSize * Vision.ImageSize).Select(_ => random.NextSingle())];
        var image = new PreparedImage("picture", pixels); // a frozen tower looks once at each: it is no part of a step here
        foreach (var some in Samples.Chunk(size))
        {
            var rows = Splicer.Splice(some, new SpliceOptions { TokensPerImage = Vision.Tokens, Packed = packed });
            yield return new MicroBatch([.. some.Select(sample => sample.Id)], rows, null, [.. some.SelectMany(sample => Enumerable.Repeat(image, sample.Images))]);
        }
    }

    private static LanguageConfig Words(long vocabulary, long width, long intermediate, int layers, int heads, int keyHeads) => new()
    {
        VocabSize = vocabulary, HiddenSize = width, IntermediateSize = intermediate, NumHiddenLayers = layers, NumAttentionHeads = heads,
        NumKeyValueHeads = keyHeads, TieWordEmbeddings = true,
    };

    private static VisionConfig Tower(long width, int layers, int heads, int side, int patch) => new()
    {
        HiddenSize = width, IntermediateSize = 4 * width, NumHiddenLayers = layers, NumAttentionHeads = heads, ImageSize = side, PatchSize = patch,
    };
}
