using System.Security.Cryptography;
using System.Text.Json;
using LlavaMod.Checkpoints;
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
    public static StageProgress ReadProgress(string checkpoint) =>
        JsonSerializer.Deserialize<StageProgress>(File.ReadAllText(Path.Combine(checkpoint, StateFile)))!;

    /// <summary>Reads the optimiser's state.</summary>
    public static void RestoreOptimizer(string checkpoint, AdamW optimizer, int steps)
    {
        using var file = SafetensorsFile.Open(Path.Combine(checkpoint, OptimizerFile));
        optimizer.Restore(name => file.Contains(name) ? file.Load(name) : null, steps);
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
            var expected = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(manifest))!;
            var found = HashFiles(checkpoint);
            return expected.FirstOrDefault(file => found.GetValueOrDefault(file.Key) != file.Value).Key is { } file
                ? $"{file} is not what was written"
                : null;
        }
        catch (JsonException)
        {
            return "its manifest is damaged";
        }
    }

    private static Dictionary<string, string> HashFiles(string folder) =>
        Directory.GetFiles(folder).Where(path => Path.GetFileName(path) != ManifestFile).Order(StringComparer.Ordinal).ToDictionary(
            path => Path.GetFileName(path)!,
            path =>
            {
                using var stream = File.OpenRead(path);
                return Convert.ToHexStringLower(SHA256.HashData(stream));
            });
}
