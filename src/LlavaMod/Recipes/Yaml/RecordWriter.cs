using System.Collections;

namespace LlavaMod.Recipes.Yaml;

/// <summary>Writes records as nodes with every key, defaults included, in the order of their properties.</summary>
internal static class RecordWriter
{
    private static readonly YamlSource Nowhere = new("", 0, "");

    public static YamlNode Write(object? value) => value switch
    {
        null => new YamlScalar(Nowhere, "null", plain: true),
        ExpertPlacement placement => ExpertPlacementForm.Write(placement, Nowhere),
        string or Enum or bool or int or long or double => ScalarForm.Write(value, Nowhere),
        IValueMap map => new YamlMap(Nowhere, [.. map.Pairs.Select(pair => KeyValuePair.Create(pair.Key, Write(pair.Value)))]),
        IEnumerable items => new YamlList(Nowhere, [.. items.Cast<object>().Select(Write)]),
        _ => new YamlMap(Nowhere, [.. Entries(value)]),
    };

    private static IEnumerable<KeyValuePair<string, YamlNode>> Entries(object record)
    {
        var shape = RecordShape.Of(record.GetType());
        var replaced = shape.Options?.OptionsOf is { } optionsOf
            && optionsOf.Unless.Any(property => shape.Named(property).Property.GetValue(record) is not null);
        foreach (var member in shape.Members)
        {
            if (replaced && member.Property.Name == shape.Options!.OptionsOf!.NameProperty)
                continue;
            yield return new(member.Key, Write(member.Property.GetValue(record)));
        }
        if (!replaced && shape.Options?.Property.GetValue(record) is { } options)
        {
            foreach (var entry in Entries(options))
                yield return entry;
        }
    }
}
