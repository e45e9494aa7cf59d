namespace LlavaMod.Recipes.Yaml;

/// <summary>
/// Lays one recipe over another. Mappings merge key by key; lists of named things merge by name; anything else is replaced.
/// A mapping over a list of named things changes those that it names, and <c>null</c> in it removes one.
/// </summary>
internal static class YamlMerge
{
    /// <summary>Keys that say what kind of thing a mapping is: where they differ, the upper mapping replaces the lower one.</summary>
    private static readonly string[] Kinds = ["name", "format", "model_type"];

    /// <exception cref="UserError">A mapping names an item that the list below it does not have.</exception>
    public static YamlNode Over(YamlNode lower, YamlNode upper, string path = "") => (lower, upper) switch
    {
        (YamlMap below, YamlMap above) when path.Length == 0 || SameKind(below, above) => Maps(below, above, path),
        (YamlList { IsNamed: true } below, YamlList { IsNamed: true } above) => Lists(below, above, path),
        (YamlList { IsNamed: true } below, YamlMap above) => Patch(below, above, path),
        _ => upper,
    };

    /// <summary>The tree with the value at a path of keys, or of names of list items, replaced. <c>null</c> removes a list item.</summary>
    /// <exception cref="UserError">The path goes on below a list that has no item of that name.</exception>
    public static YamlNode Set(YamlNode lower, ReadOnlySpan<string> keys, YamlNode value, string path = "")
    {
        if (keys.IsEmpty)
            return value;
        var key = keys[0];
        if (lower is not YamlList list)
        {
            var entries = new OrderedDictionary<string, YamlNode>((lower as YamlMap)?.Entries ?? [], StringComparer.Ordinal);
            entries[key] = Set(entries.GetValueOrDefault(key) ?? value, keys[1..], value, Join(path, key));
            return new YamlMap(value.Source, [.. entries]);
        }
        if (!list.IsNamed)
            throw new UserError($"{value.Source}: {path}: the items of this list have no names; set the whole list");
        var items = list.Items.ToList();
        var index = IndexOf(items, key, value, path);
        if (keys.Length == 1 && value.IsNull)
            items.RemoveAt(index);
        else
            items[index] = Set(items[index], keys[1..], value, Join(path, key));
        return new YamlList(list.Source, items);
    }

    private static bool SameKind(YamlMap lower, YamlMap upper) =>
        Kinds.All(kind => lower.Find(kind) is not YamlScalar below || upper.Find(kind) is not YamlScalar above || below.Text == above.Text);

    private static YamlMap Maps(YamlMap lower, YamlMap upper, string path)
    {
        var merged = new OrderedDictionary<string, YamlNode>(lower.Entries, StringComparer.Ordinal);
        foreach (var (key, value) in upper.Entries)
            merged[key] = merged.TryGetValue(key, out var below) ? Over(below, value, Join(path, key)) : value;
        return new YamlMap(upper.Source, [.. merged]);
    }

    /// <summary>New items go before the known item that follows them in the upper list, or else to the end.</summary>
    private static YamlList Lists(YamlList lower, YamlList upper, string path)
    {
        var merged = lower.Items.ToList();
        var waiting = new List<YamlNode>();
        foreach (var item in upper.Items)
        {
            var name = YamlList.NameOf(item)!;
            var index = merged.FindIndex(other => YamlList.NameOf(other) == name);
            if (index < 0)
            {
                waiting.Add(item);
                continue;
            }
            merged[index] = Over(merged[index], item, Join(path, name));
            merged.InsertRange(index, waiting);
            waiting.Clear();
        }
        return new YamlList(upper.Source, [.. merged, .. waiting]);
    }

    private static YamlList Patch(YamlList lower, YamlMap upper, string path)
    {
        var merged = lower.Items.ToList();
        foreach (var (name, value) in upper.Entries)
        {
            var index = IndexOf(merged, name, value, path);
            if (value.IsNull)
                merged.RemoveAt(index);
            else
                merged[index] = Over(merged[index], value, Join(path, name));
        }
        return new YamlList(lower.Source, merged);
    }

    private static int IndexOf(List<YamlNode> items, string name, YamlNode value, string path)
    {
        var index = items.FindIndex(item => YamlList.NameOf(item) == name);
        if (index >= 0)
            return index;
        var hint = Nearest.Hint(name, items.Select(item => YamlList.NameOf(item)!));
        throw new UserError($"{value.Source}: {path}: nothing here is named '{name}'; {hint}");
    }

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
