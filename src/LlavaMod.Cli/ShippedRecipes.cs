namespace LlavaMod.Cli;

/// <summary>The recipes that come with the program, beside it.</summary>
internal static class ShippedRecipes
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "recipes");

    /// <summary>The file of a recipe, such as <c>toy/quickstart</c>.</summary>
    public static string PathOf(string name) => Path.Combine(Folder, $"{name}.yaml");

    /// <summary>Every recipe by name, with the first sentence of its header.</summary>
    public static IEnumerable<(string Name, string Summary)> All => Directory.EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories)
        .Select(path => (Name: Path.ChangeExtension(Path.GetRelativePath(Folder, path), null), Summary: SummaryOf(path)))
        .OrderBy(recipe => recipe.Name, StringComparer.Ordinal);

    private static string SummaryOf(string path)
    {
        var header = string.Join(' ', File.ReadLines(path).TakeWhile(line => line.StartsWith("# ", StringComparison.Ordinal)).Select(line => line[2..].Trim()));
        return header.IndexOf(". ", StringComparison.Ordinal) is var end and > 0 ? header[..end] : header.TrimEnd('.');
    }
}
