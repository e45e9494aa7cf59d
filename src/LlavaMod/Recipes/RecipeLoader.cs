using LlavaMod.Recipes.Yaml;

namespace LlavaMod.Recipes;

/// <summary>
/// Reads recipes. A recipe may extend another (<c>extends: other.yaml</c>): mappings merge key by key; lists of named things (stages,
/// objectives) merge by <c>name</c>, where a new item goes before the known item that follows it in the list, or else to the end; other
/// values are replaced. <c>null</c> takes an inherited entry of <c>models</c>, <c>data</c> or an optional setting away, and returns
/// other settings to their defaults. A list of named things may also be changed by a mapping, <c>stages: {d2s: null}</c>.
/// </summary>
/// <param name="parts">The objectives, formats and other named parts that recipes may use.</param>
public sealed class RecipeLoader(RecipeParts parts)
{
    private const int MostBases = 8;
    private const int DeepestOverride = 16;

    /// <summary>Whether a path that names nothing is an error. Off for reading the recipe of a run made elsewhere.</summary>
    public bool PathsMustExist { get; init; } = true;

    /// <summary>Reads a recipe, lays the overrides over it, checks all of it, and fills in what depends on other values.</summary>
    /// <param name="path">The recipe file. Relative paths in it start at its folder.</param>
    /// <param name="overrides">
    /// Settings such as <c>stages.d2d.learning_rate=1e-4</c>: keys, or names of list items, joined by dots, and a value in YAML that takes
    /// the place of what was there (<c>null</c> removes a list item).
    /// Relative paths in them start at the current folder.
    /// </param>
    /// <exception cref="UserError">
    /// The recipe cannot be read, or has errors; the message lists all of them, each with file and line.
    /// </exception>
    public Recipe Load(string path, params IEnumerable<string> overrides)
    {
        var root = ReadWithBases(path, []);
        foreach (var setting in overrides)
            root = Override(root, setting);
        var errors = new RecipeErrors(root.Source);
        var recipe = new RecordReader(parts, errors, PathsMustExist).Read<Recipe>(root);
        recipe = RecipeResolver.Resolve(recipe);
        new RecipeValidator(recipe, parts, errors).Check();
        errors.Throw(Shown(Path.GetFullPath(path)));
        return recipe;
    }

    private static YamlNode ReadWithBases(string path, IReadOnlyList<string> above)
    {
        var full = Path.GetFullPath(path);
        var shown = Shown(full);
        if (above.Contains(full))
            throw new UserError($"{shown}: recipes extend each other in a circle: {string.Join(" -> ", above.Append(full).Select(Shown))}");
        if (above.Count > MostBases)
            throw new UserError($"{shown}: more than {MostBases} recipes extend one another");
        var node = YamlReader.ReadFile(full, shown);
        if (node is not YamlMap map)
            throw new UserError($"{node.Source}: expected a recipe, with the keys name, models, data, stages; found {node.Shown}");
        if (map.Find("extends") is not { } extends)
            return map;
        if (extends is not YamlScalar { IsNull: false, Text.Length: > 0 } lower)
            throw new UserError($"{extends.Source}: extends: expected the path of a recipe; found {extends.Shown}");
        return YamlMerge.Over(ReadWithBases(Path.GetFullPath(lower.Text, lower.Source.Folder), [.. above, full]), map.Without("extends"));
    }

    /// <summary>The tree with one setting laid over it.</summary>
    /// <exception cref="UserError">It is not KEY=VALUE.</exception>
    internal static YamlNode Override(YamlNode root, string setting, string example = "stages.d2d.learning_rate")
    {
        var shown = $"--set {setting}";
        var split = setting.IndexOf('=');
        var keys = split < 0 ? [] : setting[..split].Split('.', StringSplitOptions.TrimEntries);
        if (keys.Length is 0 or > DeepestOverride || keys.Contains(""))
            throw new UserError($"{shown}: expected KEY=VALUE, where KEY is like {example}");
        return YamlMerge.Set(root, keys, YamlReader.ReadArgument(setting[(split + 1)..], shown));
    }

    private static string Shown(string full)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, full);
        return relative.StartsWith("..", StringComparison.Ordinal) ? full : relative;
    }
}
