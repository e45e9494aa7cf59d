namespace LlavaMod.Training;

/// <summary>
/// A seeded shuffle in which the samples of a batch are alike: with images or without, and of similar length (LLaVA's group_by_modality_length; Liu et
/// al. 2023). The samples of a kind are shuffled, cut into megabatches, sorted by length within each, and cut into batches; then the batches of both
/// kinds are shuffled. Like <see cref="SampleOrder"/> it is a function of the position alone.
/// </summary>
/// <remarks>
/// A batch is what stands at positions k B to k B + B - 1, B the size of a batch. What is left over at the end of a pass, fewer than two batches, makes
/// mixed ones, of which the last is filled up from the leftovers of the next pass. LLaVA's megabatch is one step over all devices; this one is
/// <see cref="MegaBatch"/> steps, so that lengths are alike within a step too and not only within its micro-batches.
/// </remarks>
/// <param name="data">Whose sizes are looked at.</param>
/// <param name="batchSize">B.</param>
/// <param name="tokensPerImage">What an image counts in words.</param>
/// <param name="seed">What the shuffle depends on.</param>
internal sealed class GroupedOrder(ITrainingData data, int batchSize, int tokensPerImage, string seed) : ISampleOrder
{
    /// <summary>Batches among which lengths are sorted.</summary>
    public const int MegaBatch = 16;

    private readonly int[] order = new int[data.Count];
    private readonly int[] lengths = new int[data.Count];
    private long pass = -1;

    /// <inheritdoc/>
    public (long Pass, int Index) At(long position)
    {
        if (position / data.Count != pass) Turn(position / data.Count);
        return (pass, order[position % data.Count]);
    }

    private void Turn(long to)
    {
        pass = to;
        var shuffled = new int[data.Count];
        for (int i = 0; i < shuffled.Length; i++) shuffled[i] = i;
        SplitMix64.Shuffle<int>(shuffled, Seeds.Of($"{seed}/{pass}"));
        var (images, texts) = Kinds(shuffled);
        var batches = new List<int[]>();
        var rest = new List<int>();
        Cut(images, batches, rest);
        Cut(texts, batches, rest);
        Lay(batches, rest);
    }

    private (List<int> Images, List<int> Texts) Kinds(int[] shuffled)
    {
        var (images, texts) = (new List<int>(), new List<int>());
        foreach (int index in shuffled)
        {
            var size = data.SizeOf(pass, index);
            lengths[index] = size.Words + size.Images * tokensPerImage;
            (size.Images > 0 ? images : texts).Add(index);
        }
        return (images, texts);
    }

    private void Cut(List<int> samples, List<int[]> batches, List<int> rest)
    {
        int whole = samples.Count / batchSize * batchSize;
        foreach (var mega in samples.Take(whole).Chunk(MegaBatch * batchSize))
        {
            batches.AddRange(mega.OrderByDescending(sample => lengths[sample]).Chunk(batchSize)); // stable: the shuffle breaks ties
        }
        rest.AddRange(samples.Skip(whole));
    }

    // The pass may begin within a batch: the rest of that one, whole batches, the beginning of the last one.
    private void Lay(List<int[]> batches, List<int> rest)
    {
        int begun = (int)(pass * data.Count % batchSize);
        int head = Math.Min(data.Count, (batchSize - begun) % batchSize), tail = (data.Count - head) % batchSize;
        SplitMix64.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(batches), Seeds.Of($"{seed}/{pass}/batches"));
        while (rest.Count < head + tail)
        {
            rest.AddRange(batches[^1]);
            batches.RemoveAt(batches.Count - 1);
        }
        int place = 0;
        foreach (int sample in rest.Take(head).Concat(batches.SelectMany(batch => batch)).Concat(rest.Skip(head))) order[place++] = sample;
    }
}
