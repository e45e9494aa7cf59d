using System.Text.Json.Nodes;
using LlavaMod.Data;
using LlavaMod.Runs;

namespace LlavaMod.Export;

/// <summary>The run that a model's folder is part of.</summary>
/// <param name="Stage">The stage that has left the model.</param>
/// <param name="Recipe">The resolved recipe, YAML.</param>
/// <param name="Summary">summary.json; null where the run has not got so far.</param>
/// <param name="Data">Which data fed which stage; null in a run that did not write it down.</param>
internal sealed record RunOrigin(string Stage, string Recipe, JsonObject? Summary, RunManifest? Data)
{
    private const long MostBytes = 1 << 20;

    /// <summary>The run of <c>RUN/models/STAGE</c>; null where there is no recipe two levels up.</summary>
    public static RunOrigin? Of(string folder)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (Path.GetDirectoryName(Path.GetDirectoryName(full)) is not { } root || !File.Exists(Path.Combine(root, "recipe.yaml"))) return null;
        var run = RunFolder.Open(root);
        var recipe = System.Text.Encoding.UTF8.GetString(BoundedFile.Read(run.Recipe, MostBytes));
        return new RunOrigin(
            Path.GetFileName(full), recipe, File.Exists(run.Summary) ? JsonFile.ReadObject(run.Summary, MostBytes) : null,
            File.Exists(run.Manifest) ? RunManifest.Read(run.Manifest) : null);
    }
}
