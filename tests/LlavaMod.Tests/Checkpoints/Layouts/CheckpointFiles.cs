using System.Text.Json.Nodes;
using LlavaMod.Checkpoints;
using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Models;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Tests.Checkpoints.Layouts;

/// <summary>Models written to disk as others would.</summary>
internal static class CheckpointFiles
{
    /// <summary>Writes a model's folder in a layout.</summary>
    /// <param name="model">The model.</param>
    /// <param name="layout">Names and configuration.</param>
    /// <param name="folder">The folder, which is made.</param>
    /// <param name="rename">Changes the layout's names; null leaves a tensor out.</param>
    /// <param name="change">Changes the configuration.</param>
    public static void Write(Llava model, CheckpointLayout layout, string folder, Func<string, string?>? rename = null, Action<JsonObject>? change = null)
    {
        Directory.CreateDirectory(folder);
        var tensors = model.AllParameters.Select(parameter => (Name: Renamed(layout.ToTheirs(parameter.Name)), parameter.Value)).Where(tensor => tensor.Name is not null);
        SafetensorsWriter.Write(Path.Combine(folder, ModelFolder.WeightsFile), [.. tensors.Select(tensor => KeyValuePair.Create(tensor.Name!, tensor.Value))]);
        var json = layout.Write(model.Config, "float32");
        change?.Invoke(json);
        File.WriteAllText(Path.Combine(folder, ModelFolder.ConfigFile), json.ToJsonString());

        string? Renamed(string name) => rename is null ? name : rename(name);
    }

    /// <summary>Writes a model's tower as a folder of its own.</summary>
    public static void WriteTower(Llava model, string folder)
    {
        Directory.CreateDirectory(folder);
        var layout = new VisionLayout();
        SafetensorsWriter.Write(
            Path.Combine(folder, ModelFolder.WeightsFile),
            [.. model.Tower!.Store.Parameters.Select(parameter => KeyValuePair.Create(layout.ToTheirs(parameter.Name), parameter.Value))]);
        var json = new NativeLayout().Write(model.Config, "float32")["vision_config"]!;
        File.WriteAllText(Path.Combine(folder, ModelFolder.ConfigFile), json.ToJsonString());
    }

    /// <summary>Names and contents of a model's parameters.</summary>
    public static Dictionary<string, string> Hashes(Llava model) =>
        model.AllParameters.ToDictionary(parameter => parameter.Name, parameter => $"{parameter.Value} {Convert.ToHexString(TensorHash.Sha256(parameter.Value))}");
}
