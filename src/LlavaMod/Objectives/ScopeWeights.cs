using LlavaMod.Recipes;

namespace LlavaMod.Objectives;

/// <summary>The option <c>scope</c> of token objectives: weights by the names of scopes, as recipes write them.</summary>
internal static class ScopeWeights
{
    /// <summary>The default: the mean over response tokens.</summary>
    public static ValueMap<double> ResponseOnly { get; } = new(KeyValuePair.Create("response", 1.0));

    /// <summary>The scopes with a weight above 0.</summary>
    /// <param name="weights">The option.</param>
    /// <param name="allowed">Scopes that the objective can be computed for; none given stands for all.</param>
    /// <exception cref="UserError">A scope is unknown or not allowed, or no weight is above 0.</exception>
    public static IReadOnlyDictionary<TokenScope, double> Read(ValueMap<double> weights, params TokenScope[] allowed)
    {
        var names = (allowed.Length > 0 ? allowed : Enum.GetValues<TokenScope>()).ToDictionary(scope => KeyName.Of(scope));
        foreach (string name in weights.Keys)
        {
            if (!names.ContainsKey(name)) throw new UserError($"scope has no '{name}'; {Nearest.Hint(name, names.Keys)}");
        }
        var read = weights.Where(weight => weight.Value > 0).ToDictionary(weight => names[weight.Key], weight => weight.Value);
        return read.Count > 0
            ? read
            : throw new UserError($"scope counts no token; give one of {string.Join(", ", names.Keys)} a weight above 0");
    }
}
