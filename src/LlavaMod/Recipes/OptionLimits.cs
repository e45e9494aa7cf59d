using System.ComponentModel.DataAnnotations;
using LlavaMod.Recipes.Yaml;

namespace LlavaMod.Recipes;

/// <summary>
/// Holds options made in code to the limits that recipes are held to: the <see cref="RangeAttribute"/> of each number, or of each number
/// in a map.
/// </summary>
internal static class OptionLimits
{
    /// <exception cref="UserError">An option is out of its range.</exception>
    public static void Check(object options)
    {
        foreach (var member in RecordShape.Of(options.GetType()).Members)
        {
            if (member.Range is not { } range) continue;
            foreach (var (key, number) in Numbers(member.Key, member.Property.GetValue(options)))
            {
                if (range.IsValid(number)) continue;
                throw new UserError(FormattableString.Invariant($"{key} is {number}; expected {ScalarForm.Expected(typeof(double), range)}"));
            }
        }
    }

    private static IEnumerable<(string Key, object? Number)> Numbers(string key, object? value) =>
        value is IValueMap map ? map.Pairs.Select(pair => ($"{key}.{pair.Key}", pair.Value)) : [(key, value)];
}
