using System.ComponentModel.DataAnnotations;
using LlavaMod.Recipes;
using LlavaMod.Recipes.Yaml;

namespace LlavaMod.Objectives;

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
            var value = member.Property.GetValue(options);
            foreach (var (key, number) in value is IValueMap map ? map.Pairs.Select(pair => ($"{member.Key}.{pair.Key}", pair.Value)) : [(member.Key, value)])
            {
                if (range.IsValid(number)) continue;
                throw new UserError(FormattableString.Invariant($"{key} is {number}; expected {ScalarForm.Expected(typeof(double), range)}"));
            }
        }
    }
}
