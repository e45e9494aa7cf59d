using LlavaMod.Data;
using LlavaMod.Torch;
using LlavaMod.Training;

namespace LlavaMod.Performance.Steps;

/// <summary>A batch of random words and pixels, of rows of falling length; in a preference stage with two responses to a prompt.</summary>
internal sealed class StepBatch
{
    private readonly Geometry geometry;
    private readonly EncodedSample[] chosen;
    private readonly EncodedSample[]? rejected;
    private readonly PreparedImage[] images;

    public StepBatch(Geometry geometry, bool pairs)
    {
        this.geometry = geometry;
        var random = new Random(1);
        var prompts = Enumerable.Range(0, geometry.Batch).Select(Prompt).ToArray();
        chosen = [.. prompts.Select(Answer)];
        rejected = pairs ? [.. prompts.Select(Answer)] : null;
        int side = geometry.Vision.ImageSize;
        images = [.. prompts.Select((_, row) => new PreparedImage($"{row}", [.. Enumerable.Range(0, 3 * side * side).Select(_ => random.NextSingle() * 2 - 1)]))];

        int[] Words(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next((int)geometry.Student.VocabSize))];

        int[] Prompt(int row) => [Splicer.ImageId, .. Words(geometry.Share(geometry.Prompt, row))];

        EncodedSample Answer(int[] prompt, int row)
        {
            int[] response = Words(geometry.Share(geometry.Response, row));
            return new EncodedSample($"{row}", [.. prompt, .. response], [.. prompt.Select(_ => Splicer.Ignored), .. response]);
        }
    }

    /// <summary>The batch as so many packed micro-batches.</summary>
    public MicroBatch[] Packed(int parts) => [.. Enumerable.Range(0, geometry.Batch).Chunk(geometry.Batch / parts).Select(Pack)];

    private MicroBatch Pack(int[] rows) => new(
        [.. rows.Select(row => $"{row}")], Splice(chosen, rows, packed: true), rejected is null ? null : Splice(rejected, rows, packed: true),
        [.. rows.Select(row => images[row])]);

    private SplicedBatch Splice(EncodedSample[] samples, int[] rows, bool packed) =>
        Splicer.Splice([.. rows.Select(row => samples[row])], new SpliceOptions { TokensPerImage = geometry.Vision.Tokens, Packed = packed });

    /// <summary>The batch for the peer, by name, padded on the right; preference pairs as one batch, the chosen rows first.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Tensors()
    {
        int[] rows = [.. Enumerable.Range(0, geometry.Batch)];
        SplicedBatch[] parts = [.. new[] { chosen, rejected }.OfType<EncodedSample[]>().Select(samples => Splice(samples, rows, packed: false))];
        yield return KeyValuePair.Create("batch.ids", All(part => part.Ids));
        yield return KeyValuePair.Create("batch.labels", All(part => part.Labels));
        yield return KeyValuePair.Create("batch.real", All(part => Array.ConvertAll(part.Kinds, kind => kind == TokenKind.Padding ? 0L : 1L)));
        yield return KeyValuePair.Create("batch.image", All(part => Array.ConvertAll(part.Kinds, kind => kind == TokenKind.Visual ? 1L : 0L)));
        int side = geometry.Vision.ImageSize;
        yield return KeyValuePair.Create("batch.pixels", Tensor.From(images.SelectMany(image => image.Pixels).ToArray(), images.Length, 3, side, side));

        Tensor All(Func<SplicedBatch, long[]> values) => Tensor.From(parts.SelectMany(values).ToArray(), parts.Sum(part => part.Rows), parts[0].Length);
    }
}
