using LlavaMod.Data;
using LlavaMod.Tests.Models;
using LlavaMod.Training;

namespace LlavaMod.Tests.Training;

/// <summary>Made-up samples by number, of different lengths, with none, one or two images, and the batches that they make.</summary>
internal static class TinySamples
{
    /// <summary>A prompt and one answer.</summary>
    public static TrainingSample Supervised(int number)
    {
        var random = new Random(number);
        int[] prompt = Prompt(random, number % 3);
        return new TrainingSample(Answered(number, prompt, random), null, Images(random, number));
    }

    /// <summary>A prompt and two answers.</summary>
    public static TrainingSample Pair(int number)
    {
        var random = new Random(number);
        int[] prompt = Prompt(random, number % 3);
        return new TrainingSample(Answered(number, prompt, random), Answered(number, prompt, random), Images(random, number));
    }

    /// <summary>The samples of these numbers, cut into micro-batches; with a length, packed into rows of at most that.</summary>
    public static List<MicroBatch> Batch(IEnumerable<TrainingSample> samples, int microBatchSize, int? packedTo = null) =>
        [.. samples.Chunk(microBatchSize).Select(some => Cut(some, packedTo))];

    private static MicroBatch Cut(TrainingSample[] samples, int? packedTo)
    {
        var options = new SpliceOptions { TokensPerImage = TinyModels.Patches, MaxLength = packedTo, Packed = packedTo is not null };
        return new MicroBatch(
            [.. samples.Select(sample => sample.Chosen.Id)],
            Splicer.Splice([.. samples.Select(sample => sample.Chosen)], options),
            samples[0].Rejected is null ? null : Splicer.Splice([.. samples.Select(sample => sample.Rejected!)], options),
            [.. samples.SelectMany(sample => sample.Images)]);
    }

    private static int[] Prompt(Random random, int images)
    {
        var prompt = Words(random, random.Next(2, 6)).ToList();
        for (int i = 0; i < images; i++) prompt.Insert(random.Next(prompt.Count), Splicer.ImageId);
        return [.. prompt];
    }

    private static EncodedSample Answered(int number, int[] prompt, Random random)
    {
        int[] answer = Words(random, random.Next(1, 7));
        return new EncodedSample($"sample-{number}", [.. prompt, .. answer], [.. prompt.Select(_ => Splicer.Ignored), .. answer]);
    }

    private static int[] Words(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(1, TinyModels.Words))];

    private static List<PreparedImage> Images(Random random, int number) =>
        [.. Enumerable.Range(0, number % 3).Select(i => new PreparedImage($"{number}/{i}", Pixels(random)))];

    private static float[] Pixels(Random random) =>
        [.. Enumerable.Range(0, 3 * TinyModels.Side * TinyModels.Side).Select(_ => 2 * random.NextSingle() - 1)];
}
