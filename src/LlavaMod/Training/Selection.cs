using LlavaMod.Data;
using LlavaMod.Objectives;

namespace LlavaMod.Training;

/// <summary>Which positions a token objective looks at.</summary>
internal readonly record struct Selection(TokenScope Scope, bool Shifted, bool IncludesPadding = false)
{
    /// <summary>The words of responses, each at the position before it.</summary>
    public static Selection Responses => new(TokenScope.Response, Shifted: true);

    public static Selection Of(TokenObjective objective, TokenScope scope) =>
        new(scope, objective.Shifted, scope == TokenScope.All && objective.IncludesPadding);

    // Ids hold every word, prompt and response alike; labels only the latter.
    public TokenPositions In(SplicedBatch batch) =>
        TokenPositions.Select(batch.Kinds, batch.Ids, batch.Length, Scope, Shifted, IncludesPadding, batch.Samples);
}
