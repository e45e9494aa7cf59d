using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using LlavaMod.Evaluation.Benchmarks;
using LlavaMod.Recipes.Yaml;
using LlavaMod.Runs;

namespace LlavaMod.Recipes;

/// <summary>A benchmark, and which of its questions are asked.</summary>
public sealed record BenchmarkSpec
{
    /// <summary>The benchmark's name, for example <c>pope</c>.</summary>
    [NameAlone]
    public required string Name { get; init; } = "";

    /// <summary>The folder with its published files; null for a benchmark that needs none.</summary>
    [RecipePath]
    public string? Data { get; init; }

    /// <summary>The folder, .zip or .tar with its pictures; null to look for them within the folder.</summary>
    [RecipePath]
    public string? Images { get; init; }

    /// <summary>How many questions are asked, from the first on; null for all.</summary>
    [Range(1, int.MaxValue)]
    public int? Limit { get; init; }

    /// <summary>The benchmark's own options, or null where it has none.</summary>
    [OptionsOf(nameof(RecipeParts.Benchmarks), nameof(Name))]
    public object? Options { get; init; }

    /// <summary>The benchmark as a command's arguments name it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="data">Its files; null for none.</param>
    /// <param name="images">Its pictures; null to look for them within the files.</param>
    /// <param name="limit">How many questions; null for all.</param>
    /// <param name="settings">Options of the benchmark, <c>KEY=VALUE</c> each.</param>
    /// <param name="parts">The benchmarks that there are.</param>
    /// <exception cref="UserError">There is no such benchmark, file or option, or a value is out of its range.</exception>
    public static BenchmarkSpec Of(string name, string? data, string? images, int? limit, IEnumerable<string> settings, RecipeParts parts)
    {
        Catalog<Benchmark>.Find(name);
        var source = new YamlSource("--benchmark", 0, Environment.CurrentDirectory);
        YamlNode root = new YamlMap(source, [.. Given(source, ("name", name), ("data", data), ("images", images), ("limit", limit?.ToString()))]);
        foreach (string setting in settings) root = RecipeLoader.Override(root, setting, "count");
        var errors = new RecipeErrors(source);
        var spec = new RecordReader(parts, errors, pathsMustExist: true).Read<BenchmarkSpec>(root);
        errors.Throw($"--benchmark {name}");
        return spec;
    }

    /// <summary>The benchmark.</summary>
    public Benchmark Create() => Catalog<Benchmark>.Create(Name, Options);

    /// <summary>Its files and pictures.</summary>
    /// <exception cref="UserError">Files are given that would never be read.</exception>
    public BenchmarkFolder Open() => (Data ?? Images) is { } given && !Create().HasFiles
        ? throw new UserError($"{Name}: has no files to be read, and is given {given}; leave that out")
        : new BenchmarkFolder(Data, Images);

    /// <summary>Its own options as JSON; null where it has none.</summary>
    public JsonElement? OptionsJson() => Options is null ? null : JsonSerializer.SerializeToElement(Options, Options.GetType(), RunJson.Line);

    private static IEnumerable<KeyValuePair<string, YamlNode>> Given(YamlSource source, params (string Key, string? Value)[] entries) => entries
        .Where(entry => entry.Value is not null)
        .Select(entry => KeyValuePair.Create<string, YamlNode>(entry.Key, new YamlScalar(source, entry.Value!, plain: entry.Key == "limit")));
}
