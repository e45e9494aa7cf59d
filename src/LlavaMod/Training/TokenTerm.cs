using LlavaMod.Objectives;

namespace LlavaMod.Training;

/// <summary>A token objective over one of its scopes.</summary>
/// <param name="Weighted">The objective in the stage.</param>
/// <param name="Objective">The same.</param>
/// <param name="Selection">Its positions.</param>
/// <param name="ScopeWeight">What their mean is multiplied by.</param>
internal sealed record TokenTerm(WeightedObjective Weighted, TokenObjective Objective, Selection Selection, double ScopeWeight)
{
    /// <summary>Those of a stage, objective by objective.</summary>
    public static IEnumerable<TokenTerm> Of(IEnumerable<WeightedObjective> objectives) =>
        from weighted in objectives
        where weighted.Objective is TokenObjective
        let objective = (TokenObjective)weighted.Objective
        from scope in objective.Scope
        select new TokenTerm(weighted, objective, Selection.Of(objective, scope.Key), scope.Value);
}
