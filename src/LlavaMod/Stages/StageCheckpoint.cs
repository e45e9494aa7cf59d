using System.Text.Json;
using LlavaMod.Checkpoints;
using LlavaMod.Data;
using LlavaMod.Models;
using LlavaMod.Runs;
using LlavaMod.Torch.Optim;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Stages;

/// <summary>
/// Checkpoints within a stage: <c>step-000100/</c> with the model as a folder of its own, optimizer.safetensors, state.json and, last,
/// manifest.json with the SHA-256 of every file. A checkpoint is written under another name and renamed when it is whole and on disk, so that
/// a run killed at any moment finds the one before. The learning rate and the order of the samples are functions of step and position.
/// </summary>
public static class StageCheckpoint
{
    private const int Kept = 2;
    private const long MostStateBytes = 1 << 20;
    private const string OptimizerFile = "optimizer.safetensors";
    private const string StateFile = "state.json";
    private const string ManifestFile = "manifest.json";

    /// <summary>Writes a checkpoint and removes all but the last two.</summary>
    public static void Save(string folder, Llava model, AdamW optimizer, StageProgress progress)
    {
        string name = $"step-{progress.Step:D6}";
        AtomicFolder.Write(Path.Combine(folder, name), work =>
        {
            ModelFolder.Save(model, work);
            SafetensorsWriter.Write(Path.Combine(work, OptimizerFile), [.. optimizer.Save()]);
            AtomicFile.Write(Path.Combine(work, StateFile), JsonSerializer.Serialize(progress));
            AtomicFile.Write(Path.Combine(work, ManifestFile), JsonSerializer.Serialize(HashFiles(work)));
        });
        foreach (string old in Candidates(folder).Skip(Kept)) Directory.Delete(old, recursive: true);
    }

    /// <summary>The newest whole checkpoint, or null; damaged ones are reported and passed over.</summary>
    public static string? FindLatest(string folder, Action<string> report)
    {
        foreach (string candidate in Candidates(folder))
        {
            if (Damage(candidate) is not { } damage) return candidate;
            report($"{candidate}: {damage}; going back to the checkpoint before it");
        }
        return null;
    }

    /// <summary>Whether a folder is a checkpoint.</summary>
    public static bool IsCheckpoint(string folder) => File.Exists(Path.Combine(folder, ManifestFile)) && File.Exists(Path.Combine(folder, StateFile));

    /// <summary>Reads where the stage stood.</summary>
    /// <exception cref="UserError">The file is missing or damaged.</exception>
    public static StageProgress ReadProgress(string checkpoint)
    {
        string path = Path.Combine(checkpoint, StateFile);
        try
        {
            return JsonSerializer.Deserialize<StageProgress>(BoundedFile.Read(path, MostStateBytes)) ?? throw new JsonException("it holds null");
        }
        catch (JsonException exception)
        {
            throw new UserError($"{path} is not the state of a stage: {exception.Message}", exception);
        }
    }

    /// <summary>Reads the optimiser's state.</summary>
    /// <exception cref="UserError">The file is missing or damaged, or is the state of other parameters.</exception>
    public static void RestoreOptimizer(string checkpoint, AdamW optimizer, int steps)
    {
        string path = Path.Combine(checkpoint, OptimizerFile);
        try
        {
            using var file = SafetensorsFile.Open(path);
            optimizer.Restore(name => file.Contains(name) ? file.Load(name) : null, steps);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or KeyNotFoundException or ArgumentException)
        {
            throw new UserError($"{path} cannot be restored: {exception.Message}", exception);
        }
    }

    private static IEnumerable<string> Candidates(string folder) => !Directory.Exists(folder)
        ? []
        : Directory.GetDirectories(folder, "step-*").Where(path => !AtomicFolder.IsUnfinished(path))
            .OrderByDescending(path => path, StringComparer.Ordinal);

    private static string? Damage(string checkpoint)
    {
        string manifest = Path.Combine(checkpoint, ManifestFile);
        if (!File.Exists(manifest)) return "has no manifest";
        try
        {
            var expected = JsonSerializer.Deserialize<Dictionary<string, string>>(BoundedFile.Read(manifest, MostStateBytes)) ?? throw new JsonException("it holds null");
            var found = HashFiles(checkpoint);
            return expected.FirstOrDefault(file => found.GetValueOrDefault(file.Key) != file.Value).Key is { } file
                ? $"{file} is not what was written"
                : null;
        }
        catch (Exception exception) when (exception is JsonException or UserError)
        {
            return "its manifest is damaged";
        }
    }

    private static Dictionary<string, string> HashFiles(string folder) =>
        Directory.GetFiles(folder).Where(path => Path.GetFileName(path) != ManifestFile).Order(StringComparer.Ordinal).ToDictionary(
            path => Path.GetFileName(path)!, FileHash.Sha256);
}
