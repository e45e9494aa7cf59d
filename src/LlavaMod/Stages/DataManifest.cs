using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LlavaMod.Recipes;
using LlavaMod.Runs;
using LlavaMod.Training;

namespace LlavaMod.Stages;

/// <summary>Keeps a run's manifest.json, and sees that a run that goes on reads the data that it began with.</summary>
internal sealed class DataManifest
{
    private readonly Recipe recipe;
    private readonly RunFolder folder;
    private RunManifest manifest;

    /// <exception cref="UserError">The run began with another tokenizer or template.</exception>
    public DataManifest(Recipe recipe, RunFolder folder, SampleEncoding encoding)
    {
        (this.recipe, this.folder) = (recipe, folder);
        var spec = encoding.TemplateSpec;
        manifest = new RunManifest(HashOf(encoding), spec.Name, HashOf($"{spec.Name} {JsonSerializer.Serialize(spec.Options)}"), []);
        if (!File.Exists(folder.Manifest)) return;
        var begun = RunManifest.Read(folder.Manifest);
        if (begun.Tokenizer != manifest.Tokenizer) throw Changed("the tokenizer", begun.Tokenizer, manifest.Tokenizer);
        if (begun.TemplateHash != manifest.TemplateHash) throw Changed("the chat template", begun.TemplateHash, manifest.TemplateHash);
        manifest = begun;
    }

    /// <summary>A stage begins, or goes on.</summary>
    /// <exception cref="UserError">A dataset is not the one that the run began with.</exception>
    public void Begin(StageSpec stage, IReadOnlyList<StageSource> sources)
    {
        var known = manifest.Stages.SelectMany(done => done.Sources).ToLookup(source => source.Name);
        var entries = stage.Data.Zip(sources, Entry).ToList();
        foreach (var entry in entries)
        {
            if (known[entry.Name].FirstOrDefault(before => before.ContentHash != entry.ContentHash) is { } other)
                throw Changed($"the data of {entry.Name} ({entry.Path ?? entry.Format})", other.ContentHash, entry.ContentHash);
        }
        Write(new StageManifest(stage.Name, false, entries));
    }

    /// <summary>A stage is complete.</summary>
    public void Complete(StageSpec stage, IReadOnlyDictionary<string, SourceUse> use)
    {
        var begun = manifest.Stages.Single(entry => entry.Name == stage.Name);
        Write(begun with
        {
            Complete = true,
            Sources = [.. begun.Sources.Select(source => source with { Use = use.GetValueOrDefault(source.Name, new SourceUse(0, 0, [])) })],
        });
    }

    private void Write(StageManifest stage)
    {
        bool known = manifest.Stages.Any(entry => entry.Name == stage.Name);
        manifest = manifest with
        {
            Stages = known ? [.. manifest.Stages.Select(entry => entry.Name == stage.Name ? stage : entry)] : [.. manifest.Stages, stage],
        };
        manifest.Write(folder.Manifest);
    }

    private SourceManifest Entry(SourceSpec spec, StageSource source)
    {
        var data = recipe.Data[spec.Name];
        var path = data.Options?.GetType().GetProperty("Path")?.GetValue(data.Options) as string;
        return new SourceManifest(spec.Name, data.Format, path, source.Dataset.ContentHash, source.Dataset.Count, spec.Limit, spec.Weight, null);
    }

    private UserError Changed(string what, string before, string now) => new(
        $"{folder.Root}: {what} has changed since the run began (hash {before[..12]} then, {now[..12]} now); go on with what it began with, or start another run with --out");

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    // The files are what every model of the run is saved with.
    private static string HashOf(SampleEncoding encoding)
    {
        var files = Directory.CreateTempSubdirectory("llavamod-tokenizer-").FullName;
        try
        {
            encoding.Tokenizer.Save(files);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (string file in Directory.GetFiles(files).Order(StringComparer.Ordinal))
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{Path.GetFileName(file)}\0"));
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            Directory.Delete(files, recursive: true);
        }
    }
}
