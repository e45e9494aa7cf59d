using LlavaMod.Models;
using LlavaMod.Models.Vision;
using LlavaMod.Runs;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Checkpoints;

/// <summary>
/// A model on disk as Hugging Face lays it out: config.json and model.safetensors. It is read in any <see cref="Layouts.CheckpointLayout"/>, in shards or
/// not, and written in our own.
/// </summary>
public static class ModelFolder
{
    /// <summary>The configuration's file name.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>The weights' file name.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>What a model in a folder is called: the folder's own name.</summary>
    public static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <summary>Loads a model.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">Type to load matrices in.</param>
    /// <param name="device">Where the model lives.</param>
    /// <param name="sharedTower">Another model's tower instead of the stored one.</param>
    /// <exception cref="UserError">A file is missing or damaged, or weights and configuration do not fit.</exception>
    public static Llava Load(string folder, DType dtype = DType.Float32, Device? device = null, VisionTower? sharedTower = null)
    {
        // Before the weights: without it there is nothing to say about them.
        Checkpoints.ConfigFile.Read(Path.Combine(folder, ConfigFile));
        using var source = new CheckpointParameters(folder);
        return Load(source.Checkpoint.Config, source, dtype, device, sharedTower);
    }

    /// <summary>Loads a model whose configuration is already known, from a folder or one file of weights.</summary>
    public static Llava Load(LlavaConfig config, string weights, DType dtype = DType.Float32, Device? device = null, VisionTower? sharedTower = null)
    {
        using var source = new CheckpointParameters(weights);
        return Load(config, source, dtype, device, sharedTower);
    }

    private static Llava Load(LlavaConfig config, CheckpointParameters source, DType dtype, Device? device, VisionTower? sharedTower)
    {
        var model = Llava.Build(config, source, dtype, device, sharedTower);
        try
        {
            source.Complete(sharedTower is null ? null : sharedTower.Store.Contains);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The type to load a folder's matrices in: BFloat16 where most of its real numbers are stored so, or else Float32. Others' torch_dtype names the
    /// type of their training as often as that of the file, and is not asked.
    /// </summary>
    /// <exception cref="UserError">The configuration is missing, or the weights are missing or damaged.</exception>
    public static DType StoredType(string folder)
    {
        Checkpoints.ConfigFile.Read(Path.Combine(folder, ConfigFile));
        using var stored = StoredTensors.Open(folder);
        return stored.MainType == DType.BFloat16 ? DType.BFloat16 : DType.Float32;
    }

    /// <summary>Saves a model, its tower included. Files appear whole; the configuration comes last.</summary>
    public static void Save(Llava model, string folder)
    {
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile),
            [.. model.AllParameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))]);
        string dtype = model.Parameters.DType == DType.BFloat16 ? "bfloat16" : "float32";
        AtomicFile.Write(Path.Combine(folder, ConfigFile), ModelConfigFile.Write(model.Config, dtype));
    }
}
