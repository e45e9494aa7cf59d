namespace LlavaMod.Recipes.Yaml;

/// <summary>An expert placement in YAML: a word, or a list of layers.</summary>
internal static class ExpertPlacementForm
{
    public const string Expected = "every_other, all, first_half, second_half, or a list of layers such as [0, 2]";

    public static ExpertPlacement? Read(YamlNode node) => node switch
    {
        YamlScalar scalar when ScalarForm.Read(typeof(PlacementRule), scalar) is PlacementRule rule => new ExpertPlacement(rule, null),
        YamlList { Items.Count: > 0 } list => ReadLayers(list),
        _ => null,
    };

    public static YamlNode Write(ExpertPlacement placement, YamlSource source) => placement.Layers is { } layers
        ? new YamlList(source, [.. layers.Select(layer => ScalarForm.Write(layer, source))])
        : ScalarForm.Write(placement.Rule!, source);

    private static ExpertPlacement? ReadLayers(YamlList list)
    {
        var layers = list.Items.Select(item => item is YamlScalar scalar ? ScalarForm.Read(typeof(int), scalar) as int? : null).ToArray();
        var valid = layers.All(layer => layer >= 0) && layers.Distinct().Count() == layers.Length;
        return valid ? new ExpertPlacement(null, [.. layers.Select(layer => layer!.Value).Order()]) : null;
    }
}
