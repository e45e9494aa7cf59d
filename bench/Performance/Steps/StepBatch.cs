using LlavaMod.Data;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Performance.Steps;

/// <summary>A batch of random words and pixels: rows of falling length, padded on the right; in a preference stage with two responses to a prompt.</summary>
internal static class StepBatch
{
    public static MicroBatch Make(Geometry geometry, bool pairs)
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, geometry.Batch).Select(Prompt).ToArray();
        int side = geometry.Vision.ImageSize;
        return new MicroBatch(
            [.. rows.Select((_, row) => $"{row}")],
            Answered(), pairs ? Answered() : null,
            [.. rows.Select((_, row) => new PreparedImage($"{row}", Enumerable.Range(0, 3 * side * side).Select(_ => random.NextSingle() * 2 - 1).ToArray()))]);

        int[] Words(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next((int)geometry.Student.VocabSize))];

        int[] Prompt(int row) => [Splicer.ImageId, .. Words(geometry.Share(geometry.Prompt, row))];

        SplicedBatch Answered() => Splicer.Splice([.. rows.Select(Answer)], new SpliceOptions { TokensPerImage = geometry.Vision.Tokens });

        EncodedSample Answer(int[] prompt, int row)
        {
            int[] response = Words(geometry.Share(geometry.Response, row));
            return new EncodedSample($"{row}", [.. prompt, .. response], [.. prompt.Select(_ => Splicer.Ignored), .. response]);
        }
    }

    /// <summary>The same for the peer, by name; preference pairs as one batch, the chosen rows first.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> Tensors(MicroBatch batch, Geometry geometry)
    {
        SplicedBatch[] parts = batch.Rejected is null ? [batch.Sequences] : [batch.Sequences, batch.Rejected];
        yield return KeyValuePair.Create("batch.ids", All(part => part.Ids));
        yield return KeyValuePair.Create("batch.labels", All(part => part.Labels));
        yield return KeyValuePair.Create("batch.real", All(part => Array.ConvertAll(part.Kinds, kind => kind == TokenKind.Padding ? 0L : 1L)));
        yield return KeyValuePair.Create("batch.image", All(part => Array.ConvertAll(part.Kinds, kind => kind == TokenKind.Visual ? 1L : 0L)));
        int side = geometry.Vision.ImageSize;
        yield return KeyValuePair.Create("batch.pixels", Tensor.From(batch.Images.SelectMany(image => image.Pixels).ToArray(), batch.Images.Count, 3, side, side));

        Tensor All(Func<SplicedBatch, long[]> values) => Tensor.From(parts.SelectMany(values).ToArray(), parts.Sum(part => part.Rows), parts[0].Length);
    }
}
