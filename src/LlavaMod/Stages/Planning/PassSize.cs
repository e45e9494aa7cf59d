using LlavaMod.Models.Attending;

namespace LlavaMod.Stages.Planning;

/// <summary>The rows of a micro-batch that go through a model together.</summary>
/// <param name="Tokens">All positions, padding included.</param>
/// <param name="Wanted">Those at which hidden states are asked for.</param>
/// <param name="Visual">Those of images.</param>
/// <param name="Longest">Positions of the longest sample, to which others are padded.</param>
/// <param name="Packed">Whether samples lie in one row instead, one behind the other.</param>
/// <param name="Recompute">Whether activations are computed again in backward.</param>
internal readonly record struct PassSize(double Tokens, double Wanted, double Visual, double Longest, bool Packed, bool Recompute)
{
    /// <summary>How many rows there are.</summary>
    public double Rows => Packed ? 1 : Math.Max(1, Tokens / Math.Max(1, Longest));

    /// <summary>Queries of a row that attention computes at once, of all or of the wanted ones.</summary>
    public double Block(double queries) => Math.Min(queries / Rows, Rows > 1 ? BlockAttention.BlockQueries : BlockAttention.BlockQueriesOfOneRow);

    /// <summary>The most keys that a block meets. Packed ones end between samples where their second half has such a place.</summary>
    public double MostKeys => !Packed ? Longest : Math.Min(Tokens, !HoldsSamples ? Longest + Most : Longest > Most ? Longest : Most - Most % Longest);

    /// <summary>The keys that a block meets on average: half of its row or first sample, and its own.</summary>
    public double MeanKeys => Packed && HoldsSamples && Longest <= Most ? MostKeys : Math.Min(MostKeys, Longest / 2 + (Packed ? Most : BlockAttention.BlockQueries / 2));

    private bool HoldsSamples => Longest <= Most || Longest % Most > Most / 2;

    private static double Most => BlockAttention.BlockQueriesOfOneRow;

    /// <summary>Whether attention keeps its weights for backward.</summary>
    public bool KeepsWeights => MostKeys <= BlockAttention.ShortRow;
}
