using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace LlavaMod.Recipes.Yaml;

/// <summary>How single values read in YAML: numbers, booleans, text, and enums as snake_case words.</summary>
internal static class ScalarForm
{
    /// <summary>The value, or null where the text is not one of this type.</summary>
    public static object? Read(Type type, YamlScalar scalar)
    {
        if (type == typeof(string))
            return scalar.Text;
        if (type.IsEnum)
            return Enum.GetValues(type).Cast<Enum>().FirstOrDefault(value => KeyName.Of(value) == scalar.Text);
        if (!scalar.Plain)
            return null;
        if (type == typeof(bool))
            return scalar.Text switch { "true" => true, "false" => false, _ => null };
        var culture = CultureInfo.InvariantCulture;
        if (type == typeof(int))
            return int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, culture, out var number) ? number : null;
        if (type == typeof(long))
            return long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, culture, out var number) ? number : null;
        if (type == typeof(double))
            return double.TryParse(scalar.Text, NumberStyles.Float, culture, out var number) && double.IsFinite(number) ? number : null;
        throw new InvalidOperationException($"A recipe cannot hold a value of {type}.");
    }

    public static YamlScalar Write(object value, YamlSource source) => value switch
    {
        string text => new(source, text, plain: IsPlain(text)),
        Enum word => new(source, KeyName.Of(word), plain: true),
        bool truth => new(source, truth ? "true" : "false", plain: true),
        double number => new(source, number.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e'), plain: true),
        IFormattable number => new(source, number.ToString(null, CultureInfo.InvariantCulture), plain: true),
        _ => throw new InvalidOperationException($"A recipe cannot hold a value of {value.GetType()}."),
    };

    public static string Expected(Type type, RangeAttribute? range)
    {
        if (type.IsEnum)
            return $"one of {string.Join(", ", NamesOf(type))}";
        if (type == typeof(string))
            return "text";
        if (type == typeof(bool))
            return "true or false";
        if (!type.IsPrimitive)
            return "a mapping";
        var kind = type == typeof(double) ? "a number" : "a whole number";
        return range is null ? kind : $"{kind} {Limits(range)}";
    }

    public static IEnumerable<string> NamesOf(Type type) => Enum.GetValues(type).Cast<Enum>().Select(KeyName.Of);

    private static string Limits(RangeAttribute range)
    {
        var unbounded = range.Maximum is int.MaxValue or double.MaxValue;
        var low = string.Create(CultureInfo.InvariantCulture, $"{(range.MinimumIsExclusive ? ">" : ">=")} {range.Minimum}");
        var high = string.Create(CultureInfo.InvariantCulture, $" and {(range.MaximumIsExclusive ? "<" : "<=")} {range.Maximum}");
        return unbounded ? low : low + high;
    }

    /// <summary>Whether text may stand without quotes: nothing that YAML would read as a number, a boolean, null or punctuation.</summary>
    private static bool IsPlain(string text) =>
        text.Length > 0
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '/' or '.')
        && char.IsAsciiLetter(text[0]) | text[0] == '/'
        && text.ToLowerInvariant() is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n");
}
