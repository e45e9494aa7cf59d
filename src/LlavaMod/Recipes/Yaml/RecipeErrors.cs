namespace LlavaMod.Recipes.Yaml;

/// <summary>Everything that is wrong with a recipe, so that it is said at once.</summary>
internal sealed class RecipeErrors(YamlSource root)
{
    private readonly List<Found> found = [];
    private readonly Dictionary<string, YamlSource> places = [];

    public bool Any => found.Count > 0;

    /// <summary>Remembers where a key path stands, for errors that are found after the YAML is gone.</summary>
    public void Place(string path, YamlSource source) => places[path] = source;

    public void Add(string path, YamlSource source, string message) => found.Add(new Found(path, source, message));

    /// <summary>Adds an error at a key path, or at the nearest of its parents that was written.</summary>
    public void Add(string path, string message)
    {
        for (var place = path; ; place = place[..Math.Max(0, place.LastIndexOf('.'))])
        {
            if (places.TryGetValue(place, out var source))
            {
                Add(path, source, message);
                return;
            }
            if (place.Length == 0)
                break;
        }
        Add(path, root, message);
    }

    /// <summary>Whether something at or below this path is known to be wrong, so that what follows from it is not said too.</summary>
    public bool Has(string path) => found.Any(error => error.Path == path || error.Path.StartsWith(path + ".", StringComparison.Ordinal));

    /// <exception cref="UserError">There are errors: one line each, files in the order in which they were met, lines in order.</exception>
    public void Throw(string recipe)
    {
        if (!Any)
            return;
        var lines = found.GroupBy(error => error.Source.File)
            .SelectMany(file => file.OrderBy(error => error.Source.Line))
            .Select(error => error.Path.Length > 0 ? $"{error.Source}: {error.Path}: {error.Message}" : $"{error.Source}: {error.Message}")
            .Distinct()
            .ToArray();
        throw new UserError(lines.Length == 1 ? lines[0] : $"{recipe} has {lines.Length} errors:\n{string.Join('\n', lines)}");
    }

    private sealed record Found(string Path, YamlSource Source, string Message);
}
