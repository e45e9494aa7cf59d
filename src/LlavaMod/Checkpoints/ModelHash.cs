using LlavaMod.Data;

namespace LlavaMod.Checkpoints;

/// <summary>What tells a model on disk from any other.</summary>
public static class ModelHash
{
    /// <summary>
    /// SHA-256, in lower-case hex, of config.json and the files of weights behind it in order of their names; then the same of the vision tower, where
    /// it lies in a folder of its own. Of a model in one file, what <c>cat config.json model.safetensors | sha256sum</c> prints.
    /// </summary>
    /// <param name="folder">The model's folder, of any layout that can be read.</param>
    /// <exception cref="UserError">A file is missing or damaged.</exception>
    public static string Of(string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        List<string> files = [.. FilesOf(folder, checkpoint.Tensors)];
        if (checkpoint.OutsideTower is { } tower)
        {
            using var weights = StoredTensors.Open(tower);
            files.AddRange(FilesOf(tower, weights));
        }
        return FileHash.Sha256(files);
    }

    private static IEnumerable<string> FilesOf(string folder, StoredTensors weights)
    {
        string config = Path.Combine(folder, ModelFolder.ConfigFile);
        if (!File.Exists(config)) throw new UserError($"{config}: no such file; a model's folder has one");
        return weights.Files.Order(StringComparer.Ordinal).Prepend(config);
    }
}
