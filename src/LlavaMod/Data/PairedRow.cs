namespace LlavaMod.Data;

/// <summary>
/// Both answers of every pair in one row without padding: of each pair what its answers begin with, which is image, prompt and the first words that are the
/// same, then how the chosen one ends, then how the rejected one does, which does not see the chosen one. A model that looks at both answers meets their
/// prompt once (Wang and Hegde 2024, "Accelerating Direct Preference Optimization with Prefix Sharing").
/// </summary>
public sealed class PairedRow
{
    private PairedRow(SplicedBatch batch, long[] chosen, long[] rejected) => (Batch, Chosen, Rejected) = (batch, chosen, rejected);

    /// <summary>The row. It has no labels.</summary>
    public SplicedBatch Batch { get; }

    /// <summary>Where the positions of the chosen answers' batch have gone, [B * T]; -1 for padding.</summary>
    public long[] Chosen { get; }

    /// <summary>Where those of the rejected answers' batch have.</summary>
    public long[] Rejected { get; }

    /// <summary>Joins two batches of the same samples.</summary>
    /// <param name="chosen">The chosen answers.</param>
    /// <param name="rejected">The rejected answers of the same pairs in the same order.</param>
    public static PairedRow Of(SplicedBatch chosen, SplicedBatch rejected)
    {
        Side first = new(chosen), second = new(rejected);
        int[] shared = [.. Enumerable.Range(0, chosen.SampleCount).Select(pair => first.Rows[pair].Zip(second.Rows[pair]).TakeWhile(Same).Count())];
        int length = first.Rows.Sum(row => row.Count) + second.Rows.Sum(row => row.Count) - shared.Sum();
        var batch = new SplicedBatch(1, length) { SampleCount = chosen.SampleCount, Samples = new int[length], Endings = new int[length], Positions = new long[length] };
        var images = new List<(long Position, long Row)>();
        int place = 0;
        for (int pair = 0; pair < shared.Length; pair++)
        {
            for (int t = 0; t < shared[pair]; t++) second.Places[second.Rows[pair][t]] = place + t;
            Copy(first, pair, 0, shared[pair], ending: 0);
            Copy(first, pair, shared[pair], first.Rows[pair].Count, ending: 1);
            Copy(second, pair, shared[pair], second.Rows[pair].Count, ending: 2);
        }
        batch.ImagePositions = [.. images.Select(image => image.Position)];
        batch.ImageRows = [.. images.Select(image => image.Row)];
        return new PairedRow(batch, first.Places, second.Places);

        bool Same((int First, int Second) positions) => first.TokenAt(positions.First) == second.TokenAt(positions.Second);

        void Copy(Side side, int pair, int from, int end, int ending)
        {
            for (int t = from; t < end; t++, place++)
            {
                int position = side.Rows[pair][t];
                side.Places[position] = place;
                batch.Ids[place] = side.Batch.Ids[position];
                batch.Kinds[place] = side.Batch.Kinds[position];
                (batch.Samples[place], batch.Endings[place], batch.Positions[place]) = (pair, ending, t);
                if (side.TokenAt(position).Image is >= 0 and var row) images.Add((place, row));
            }
        }
    }

    // One answer to each prompt.
    private sealed class Side
    {
        private readonly long[] imageRows; // the image token at each position; -1 at words

        public Side(SplicedBatch batch)
        {
            int positions = batch.Kinds.Length;
            (Batch, Places, imageRows) = (batch, SplicedBatch.Filled(positions, -1), SplicedBatch.Filled(positions, -1));
            for (int i = 0; i < batch.ImagePositions.Length; i++) imageRows[batch.ImagePositions[i]] = batch.ImageRows?[i] ?? i;
            Rows = [.. Enumerable.Range(0, batch.SampleCount).Select(_ => new List<int>())];
            for (int i = 0; i < positions; i++)
            {
                if (batch.Kinds[i] != TokenKind.Padding) Rows[batch.SampleAt(i)].Add(i);
            }
        }

        public SplicedBatch Batch { get; }

        public long[] Places { get; }

        public List<int>[] Rows { get; } // the positions of each pair's answer, prompt included

        public (long Word, long Image) TokenAt(int position) => (Batch.Ids[position], imageRows[position]);
    }
}
