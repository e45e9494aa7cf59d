using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Models;
using LlavaMod.Models.Vision;

namespace LlavaMod.Checkpoints;

/// <summary>What a config.json says, whichever layout it has, without a look at the weights.</summary>
public static class ModelConfigFile
{
    /// <summary>Reads a model's configuration.</summary>
    /// <param name="path">config.json.</param>
    /// <param name="visionPath">A tower's own config.json where the model's does not hold it.</param>
    /// <exception cref="UserError">The file is missing, is not JSON, or says something that is not supported.</exception>
    public static LlavaConfig Read(string path, string? visionPath = null)
    {
        var file = ConfigFile.Read(path, visionPath);
        return LayoutOf(file).Read(file);
    }

    /// <summary>Reads the language model's configuration, and the experts', of a language model or of a whole LLaVA.</summary>
    /// <exception cref="UserError">The file is missing, is not JSON, says something that is not supported, or has no language model.</exception>
    public static LlavaConfig ReadLanguage(string path)
    {
        var file = ConfigFile.Read(path);
        var layout = LayoutOf(file);
        return file.Checked(() =>
        {
            var config = new LlavaConfig
            {
                Language = layout.Language(file) ?? throw new UserError($"{path}: layout {layout.Name} has no language model"),
                Experts = layout.Experts(file),
            };
            config.Experts?.Validate(path, config.Language.NumHiddenLayers);
            return config;
        });
    }

    /// <summary>Reads a tower's configuration, of a tower, of a whole CLIP or SigLIP, or of a whole LLaVA.</summary>
    /// <exception cref="UserError">The file is missing, is not JSON, says something that is not supported, or has no tower.</exception>
    public static VisionConfig ReadVision(string path)
    {
        var file = ConfigFile.Read(path);
        var layout = LayoutOf(file);
        return file.Checked(() => layout.Vision(file) ?? throw new UserError($"{path}: layout {layout.Name} has no vision tower"));
    }

    /// <summary>The text of a configuration in our own layout, which <see cref="Read"/> reads back equal.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="dtype">torch_dtype: float32 or bfloat16.</param>
    public static string Write(LlavaConfig config, string dtype) => new NativeLayout().Write(config, dtype).ToJsonString(ConfigFile.Options) + "\n";

    private static CheckpointLayout LayoutOf(ConfigFile file) => file.Checked(() => CheckpointLayout.Of(new CheckpointSignature(file.Path, [], file.Json)));
}
