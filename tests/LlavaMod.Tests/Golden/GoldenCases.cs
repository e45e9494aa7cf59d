using System.Text.Json;

namespace LlavaMod.Tests.Golden;

/// <summary>
/// Folders of expected outputs, found by the <c>kind</c> in their manifest.json: those in Golden/cases, or in the folder that
/// LLAVAMOD_GOLDEN names.
/// </summary>
public static class GoldenCases
{
    /// <summary>Where the fixtures of this test project are (several projects compile this file).</summary>
    public static string Fixtures => Path.Combine(RepositoryFiles.Root, "tests", typeof(GoldenCases).Assembly.GetName().Name!, "Golden", "cases");

    /// <summary>The folder of case folders.</summary>
    public static string Root => Environment.GetEnvironmentVariable("LLAVAMOD_GOLDEN") is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : Fixtures;

    /// <summary>The names of all cases of a kind, as the rows of a theory marked with <see cref="GoldenTheoryAttribute"/>.</summary>
    public static TheoryData<string> OfKind(string kind) => [.. Names(kind)];

    /// <summary>Opens a case by its name.</summary>
    public static GoldenCase Open(string name) => GoldenCase.Read(Path.Combine(Root, name));

    internal static IEnumerable<string> Names(string kind) => Directory.EnumerateDirectories(Root)
        .Where(folder => File.Exists(Path.Combine(folder, "manifest.json")) && GoldenCase.Read(folder).Kind == kind)
        .Select(folder => Path.GetFileName(folder))
        .Order(StringComparer.Ordinal);
}

/// <summary>One case: its folder and its manifest.</summary>
/// <param name="Folder">The full path of the folder.</param>
/// <param name="Manifest">manifest.json.</param>
public sealed record GoldenCase(string Folder, JsonElement Manifest)
{
    /// <summary>Which test applies.</summary>
    public string Kind => Manifest.GetProperty("kind").GetString()!;

    /// <summary>The settings of the case.</summary>
    public JsonElement Parameters => Manifest.GetProperty("params");

    /// <summary>The full path of one of its files.</summary>
    public string File(string name) => Path.Combine(Folder, name);

    /// <summary>One of its JSON files.</summary>
    public JsonElement Json(string name) => Parse(File(name));

    internal static GoldenCase Read(string folder) => new(folder, Parse(Path.Combine(folder, "manifest.json")));

    private static JsonElement Parse(string path) => JsonElement.Parse(System.IO.File.ReadAllBytes(path));
}

/// <summary>A theory over the golden cases of one kind, skipped, and reported so, where there is none.</summary>
public sealed class GoldenTheoryAttribute : TheoryAttribute
{
    public GoldenTheoryAttribute(string kind)
    {
        // A folder that does not exist is not a skip: the theory's rows will say so.
        if (Directory.Exists(GoldenCases.Root) && !GoldenCases.Names(kind).Any())
            Skip = $"no case of kind {kind} in {GoldenCases.Root}";
    }
}
