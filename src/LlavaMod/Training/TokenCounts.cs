namespace LlavaMod.Training;

/// <summary>
/// The positions that losses look at, micro-batch by micro-batch, and how many each selection has in the whole accumulated batch. Losses are sums divided by
/// these, so that the way in which a batch is cut into micro-batches does not change the loss.
/// </summary>
internal sealed class TokenCounts
{
    private readonly Dictionary<Selection, long> counts;

    public TokenCounts(IReadOnlyList<MicroBatch> batch, IReadOnlyList<Selection> selections)
    {
        Rows = [.. batch.Select(micro => new SupervisedRows(micro.Sequences, selections))];
        counts = selections.ToDictionary(selection => selection, selection => Rows.Sum(rows => (long)rows.Count(selection)));
        Tokens = batch.Sum(micro => micro.Tokens);
    }

    /// <summary>The positions of each micro-batch.</summary>
    public IReadOnlyList<SupervisedRows> Rows { get; }

    /// <summary>Real tokens.</summary>
    public int Tokens { get; }

    public long this[Selection selection] => counts[selection];
}
