using LlavaMod.Data;
using LlavaMod.Objectives;

namespace LlavaMod.Training;

/// <summary>Which positions a token objective looks at.</summary>
internal readonly record struct Selection(TokenScope Scope, bool Shifted, bool IncludesPadding = false)
{
    public static Selection Of(TokenObjective objective, TokenScope scope) =>
        new(scope, objective.Shifted, scope == TokenScope.All && objective.IncludesPadding);

    public TokenPositions In(SplicedBatch batch) =>
        TokenPositions.Select(batch.Kinds, TextOf(batch), batch.Length, Scope, Shifted, IncludesPadding, batch.Samples);

    // Ids hold every word, prompt and response alike; labels only the latter.
    private static long[] TextOf(SplicedBatch batch) => batch.Ids;
}

/// <summary>
/// How many positions each selection has in the whole accumulated batch. Losses are sums divided by these, so that the way in which a batch is
/// cut into micro-batches does not change the loss.
/// </summary>
internal sealed class TokenCounts
{
    private readonly Dictionary<Selection, long> counts = [];

    public TokenCounts(IReadOnlyList<MicroBatch> batch, IEnumerable<Selection> selections)
    {
        foreach (var selection in selections.Distinct())
        {
            counts[selection] = batch.Sum(micro => (long)selection.In(micro.Sequences).Count);
        }
        Tokens = batch.Sum(micro => micro.Tokens);
    }

    /// <summary>Real tokens.</summary>
    public int Tokens { get; }

    public long this[Selection selection] => counts[selection];
}
