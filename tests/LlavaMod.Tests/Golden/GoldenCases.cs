using System.Text.Json;
using System.Text.RegularExpressions;

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

    /// <summary>Rows of a case's name and one of its <see cref="GoldenCase.Variants"/>, over all cases of a kind.</summary>
    public static TheoryData<string, string> VariantsOf(string kind)
    {
        var rows = new TheoryData<string, string>();
        foreach (string name in Names(kind))
        {
            foreach (string variant in Open(name).Variants) rows.Add(name, variant);
        }
        return rows;
    }

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
public sealed partial record GoldenCase(string Folder, JsonElement Manifest)
{
    /// <summary>Which test applies.</summary>
    public string Kind => Manifest.GetProperty("kind").GetString()!;

    /// <summary>The settings of the case.</summary>
    public JsonElement Parameters => Manifest.GetProperty("params");

    /// <summary>
    /// What its outputs were computed from, read from their names: <c>right</c> of <c>out.right.logits</c>, <c>imgtext.train_zero</c> of
    /// <c>out.imgtext.train_zero.logits</c>.
    /// </summary>
    public IEnumerable<string> Variants => Manifest.GetProperty("tensors").EnumerateObject()
        .Select(tensor => VariantOf().Match(tensor.Name)).Where(match => match.Success).Select(match => match.Groups[1].Value).Distinct();

    /// <summary>The full path of one of its files.</summary>
    public string File(string name) => Path.Combine(Folder, name);

    /// <summary>One of its JSON files.</summary>
    public JsonElement Json(string name) => Parse(File(name));

    internal static GoldenCase Read(string folder) => new(folder, Parse(Path.Combine(folder, "manifest.json")));

    [GeneratedRegex(@"^out\.([^.]+(?:\.(?:train|eval)_[^.]+)?)\.")]
    private static partial Regex VariantOf();

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
