using LlavaMod.Tokenization;

namespace LlavaMod.Data;

/// <summary>One sample as ids: <see cref="Splicer.ImageId"/> stands for a whole image, labels of -100 are not supervised.</summary>
/// <param name="Id">The sample's id, for messages.</param>
/// <param name="InputIds">Token ids and image placeholders.</param>
/// <param name="Labels">Unshifted, as long as the ids.</param>
public sealed record EncodedSample(string Id, int[] InputIds, int[] Labels)
{
    /// <summary>Number of images.</summary>
    public int Images => InputIds.Count(id => id == Splicer.ImageId);
}

/// <summary>
/// A batch of B rows padded to T positions, each row one sample or, packed, one row of all, with every image placeholder widened to that image's tokens (LLaVA's
/// prepare_inputs_labels_for_multimodal), computed on the host: the device only gathers and copies. Arrays are [B * T], row by row.
/// </summary>
public sealed class SplicedBatch(int rows, int length)
{
    /// <summary>B.</summary>
    public int Rows { get; } = rows;

    /// <summary>T.</summary>
    public int Length { get; } = length;

    /// <summary>Token ids; 0 at images and padding.</summary>
    public long[] Ids { get; } = new long[rows * length];

    /// <summary>Unshifted labels; -100 where nothing is supervised.</summary>
    public long[] Labels { get; } = Filled(rows * length, Splicer.Ignored);

    /// <summary>What stands at each position.</summary>
    public TokenKind[] Kinds { get; } = new TokenKind[rows * length];

    /// <summary>How many samples there are; B unless they are packed.</summary>
    public int SampleCount { get; internal init; } = rows;

    /// <summary>
    /// The sample at each position, from 0; null where each row is one. Tokens see those of their own sample alone.
    /// </summary>
    public int[]? Samples { get; internal init; }

    /// <summary>
    /// Of samples with two endings, which lie one behind the other: 0 at what comes before both, 1 and 2 at the first and the second one, whose tokens do
    /// not see each other. Null where samples have one.
    /// </summary>
    public int[]? Endings { get; internal init; }

    /// <summary>Position ids, counted per sample without padding; null when plain 0 .. T-1 gives the same.</summary>
    public long[]? Positions { get; internal set; }

    /// <summary>Where image tokens go: indices into [B * T].</summary>
    public long[] ImagePositions { get; internal set; } = [];

    /// <summary>Which of the batch's image tokens, [images * tokens] in order, go there; null when all do, in order.</summary>
    public long[]? ImageRows { get; internal set; }

    /// <summary>Whether any position is padding.</summary>
    public bool HasPadding { get; internal init; }

    /// <summary>Real positions.</summary>
    public int Tokens => Kinds.Count(kind => kind != TokenKind.Padding);

    /// <summary>The sample to which a position of [B * T] belongs.</summary>
    public long SampleAt(long position) => Samples?[position] ?? position / Length;

    /// <summary>The samples to which some positions belong.</summary>
    public long[] SamplesAt(long[] positions) => Array.ConvertAll(positions, SampleAt);

    internal static long[] Filled(int count, long value)
    {
        var array = new long[count];
        Array.Fill(array, value);
        return array;
    }
}

/// <summary>How rows become a batch.</summary>
public sealed record SpliceOptions
{
    /// <summary>Tokens that an image takes.</summary>
    public required int TokensPerImage { get; init; }

    /// <summary>Whether padding goes before the tokens, as generation wants it.</summary>
    public bool PadLeft { get; init; }

    /// <summary>Longest row; what is longer is cut at the end. Null for no limit. Reference mode cuts images in two; callers that do not
    /// want that leave samples out that are too long.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Whether all samples share one row, each of at most <see cref="MaxLength"/> positions. Not with padding on the left.</summary>
    public bool Packed { get; init; }

    /// <summary>LLaVA gives no position ids, so that left padding shifts them; the default counts real tokens.</summary>
    public bool ReferencePositions { get; init; }
}

/// <summary>Widens image placeholders and pads rows to one length.</summary>
public static class Splicer
{
    /// <summary>Stands for an image in input ids.</summary>
    public const int ImageId = EncodedConversation.ImageToken;

    /// <summary>The label of a position that is not supervised.</summary>
    public const int Ignored = EncodedConversation.Ignored;

    /// <summary>Length of a sample once its images are widened.</summary>
    public static int LengthOf(EncodedSample sample, int tokensPerImage) =>
        sample.InputIds.Length + sample.Images * (tokensPerImage - 1);

    /// <summary>Makes a batch. Images are taken in the order of the samples, and within a sample in the order of its placeholders.</summary>
    public static SplicedBatch Splice(IReadOnlyList<EncodedSample> samples, SpliceOptions options)
    {
        int most = options.MaxLength ?? int.MaxValue;
        int[] lengths = [.. samples.Select(sample => Math.Min(LengthOf(sample, options.TokensPerImage), most))];
        var packing = options.Packed ? RowPacking.Together(lengths) : RowPacking.Apart(lengths);
        int length = packing.Length;
        var batch = new SplicedBatch(packing.Rows, length)
        {
            SampleCount = samples.Count,
            Samples = options.Packed ? Owners(packing, lengths) : null,
            HasPadding = lengths.Sum() < packing.Rows * length,
        };
        var positions = new List<long>();
        var rows = new List<long>();
        long firstRow = 0;
        for (int i = 0; i < samples.Count; i++)
        {
            int offset = options.PadLeft ? length - lengths[i] : packing.Places[i].Start;
            WriteRow(batch, samples[i], packing.Places[i].Row * length + offset, lengths[i], options.TokensPerImage, firstRow, positions, rows);
            firstRow += samples[i].Images * options.TokensPerImage;
        }
        batch.ImagePositions = [.. positions];
        bool allInOrder = rows.Count == firstRow; // rows rise, so that a full count means every one in order
        batch.ImageRows = allInOrder ? null : [.. rows];
        if (options.Packed || (options.PadLeft && batch.HasPadding && !options.ReferencePositions)) batch.Positions = CountPositions(batch);
        return batch;
    }

    // Which sample stands at each position.
    private static int[] Owners(RowPacking packing, int[] lengths)
    {
        var owners = new int[packing.Length];
        for (int i = 0; i < lengths.Length; i++)
        {
            Array.Fill(owners, i, packing.Places[i].Start, lengths[i]);
        }
        return owners;
    }

    private static void WriteRow(
        SplicedBatch batch, EncodedSample sample, int start, int length, int tokensPerImage, long imageRow, List<long> positions, List<long> rows)
    {
        int place = start, end = start + length;
        for (int i = 0; i < sample.InputIds.Length && place < end; i++)
        {
            if (sample.InputIds[i] != ImageId)
            {
                batch.Ids[place] = sample.InputIds[i];
                batch.Labels[place] = sample.Labels[i];
                batch.Kinds[place++] = sample.Labels[i] == Ignored ? TokenKind.Prompt : TokenKind.Response;
                continue;
            }
            for (int k = 0; k < tokensPerImage && place < end; k++, place++)
            {
                positions.Add(place);
                rows.Add(imageRow + k);
                batch.Kinds[place] = TokenKind.Visual;
            }
            imageRow += tokensPerImage;
        }
    }

    private static long[] CountPositions(SplicedBatch batch)
    {
        var positions = new long[batch.Rows * batch.Length];
        for (int row = 0; row < batch.Rows; row++)
        {
            long next = 0;
            for (int i = row * batch.Length; i < (row + 1) * batch.Length; i++)
            {
                if (batch.Samples is { } samples && i > row * batch.Length && samples[i] != samples[i - 1]) next = 0;
                positions[i] = batch.Kinds[i] == TokenKind.Padding ? 0 : next++;
            }
        }
        return positions;
    }
}
