using LlavaMod.Data;

namespace LlavaMod.Stages.Planning;

/// <summary>How long a stage's rows are, as means over some of its samples; of preference pairs both answers together.</summary>
/// <param name="Text">Tokens of text.</param>
/// <param name="Response">Those of them that are supervised.</param>
/// <param name="Visual">Tokens of images.</param>
/// <param name="Images">Images.</param>
/// <param name="Longest">Tokens of the longest row: what a micro-batch is padded to.</param>
/// <param name="Pairs">Whether a sample is a pair, which goes through the model as two rows.</param>
/// <param name="Shared">Tokens that both rows of a pair begin with; through a reference model they go once.</param>
internal sealed record RowSizes(double Text, double Response, double Visual, double Images, int Longest, bool Pairs, double Shared = 0)
{
    private const int Looked = 1024; // samples of a dataset

    /// <summary>Tokens that go through the model for a sample.</summary>
    public double Tokens => Text + Visual;

    /// <summary>Measures samples spread evenly over the sources.</summary>
    /// <param name="sources">The stage's sources.</param>
    /// <param name="encoding">How conversations become tokens.</param>
    /// <param name="maxLength">Where rows are cut.</param>
    /// <param name="tokensPerImage">Tokens that an image takes.</param>
    public static RowSizes Of(IReadOnlyList<StageSource> sources, SampleEncoding encoding, int maxLength, int tokensPerImage)
    {
        // A larger source counts for more: a sample looked at stands for those around it.
        var parts = sources.Select(source => (Part: OfOne(source, encoding, maxLength, tokensPerImage), Weight: (double)source.Count)).ToList();
        double all = parts.Sum(part => part.Weight);
        return new RowSizes(
            Mean(part => part.Text), Mean(part => part.Response), Mean(part => part.Visual), Mean(part => part.Images),
            parts.Max(part => part.Part.Longest), parts[0].Part.Pairs, Mean(part => part.Shared));

        double Mean(Func<RowSizes, double> value) => parts.Sum(part => value(part.Part) * part.Weight) / all;
    }

    private static RowSizes OfOne(StageSource source, SampleEncoding encoding, int maxLength, int tokensPerImage)
    {
        int looked = Math.Min(source.Rows, Looked), count = 0, longest = 0;
        double text = 0, response = 0, visual = 0, images = 0, shared = 0;
        for (int i = 0; i < looked; i++)
        {
            if (Sample(source.Dataset, (int)((long)i * source.Rows / looked)) is not { } sample) continue; // broken: reported and counted
            var (rows, shown) = sample;
            var options = new SpliceOptions { TokensPerImage = tokensPerImage, MaxLength = maxLength };
            SplicedBatch[] spliced = [.. rows.Select(turns => Splicer.Splice([encoding.Encode("", turns)], options))];
            foreach (var row in spliced)
            {
                text += row.Kinds.Count(kind => kind != TokenKind.Visual);
                visual += row.Kinds.Count(kind => kind == TokenKind.Visual);
                response += row.Kinds.Count(kind => kind == TokenKind.Response);
                longest = Math.Max(longest, row.Length);
            }
            if (spliced.Length == 2) shared += spliced.Sum(row => row.Length) - PairedRow.Of(spliced[0], spliced[1]).Batch.Length;
            images += shown;
            count++;
        }
        count = Math.Max(count, 1);
        return new RowSizes(text / count, response / count, visual / count, images / count, longest, source.Dataset is IDataset<PreferencePair>, shared / count);
    }

    private static (IReadOnlyList<IReadOnlyList<Turn>> Rows, int Images)? Sample(IDataset dataset, int index) => dataset switch
    {
        IDataset<Sample> samples => samples.UsableAt(index) is { } sample ? ([sample.Turns], sample.Images.Count) : null,
        IDataset<PreferencePair> pairs => pairs.UsableAt(index) is { } pair ? ([pair.Chosen, pair.Rejected], pair.Images.Count) : null,
        _ => throw new InvalidOperationException($"{dataset.GetType()} holds neither samples nor pairs"),
    };
}
