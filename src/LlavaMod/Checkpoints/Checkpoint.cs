using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Models;

namespace LlavaMod.Checkpoints;

/// <summary>Weights on disk, their configuration and their layout. Nothing but headers is read.</summary>
public sealed class Checkpoint : IDisposable
{
    private Checkpoint(StoredTensors tensors, ConfigFile? file, CheckpointLayout layout)
    {
        Tensors = tensors;
        File = file;
        Layout = layout;
    }

    /// <summary>The tensors, under the names that the layout gives them.</summary>
    public StoredTensors Tensors { get; }

    /// <summary>The config.json; null where there are weights alone.</summary>
    public ConfigFile? File { get; }

    /// <summary>How the tensors are named.</summary>
    public CheckpointLayout Layout { get; }

    /// <summary>The model's configuration.</summary>
    /// <exception cref="UserError">There is no config.json, or it says something that is not supported, or this is no whole model.</exception>
    public LlavaConfig Config => Layout.Read(File ?? throw new UserError($"{Tensors.Path}: has no {ModelFolder.ConfigFile} beside it, which says what the model is"));

    /// <summary>Opens a model's folder, or one file of weights, which is taken without its config.json.</summary>
    /// <exception cref="UserError">A file is missing or damaged, or the layout is not known.</exception>
    public static Checkpoint Open(string path)
    {
        string config = Path.Combine(path, ModelFolder.ConfigFile);
        var file = System.IO.File.Exists(config) ? ConfigFile.Read(config) : null;
        var tensors = StoredTensors.Open(path);
        try
        {
            var signature = new CheckpointSignature(tensors.Path, [.. tensors.Names], file?.Json);
            return new Checkpoint(tensors, file, file is null ? CheckpointLayout.Of(signature) : file.Checked(() => CheckpointLayout.Of(signature)));
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Whether a vision tower is inside.</summary>
    public bool HasTower => Tensors.Names.Any(name => CheckpointNames.IsTower(Layout.ToOurs(name)));

    /// <summary>The folder of the tower where it is not inside; null where it is, or where there is none.</summary>
    /// <exception cref="UserError">The tower is not on this disk.</exception>
    public string? OutsideTower => HasTower || File is null ? null : File.Checked(() => TowerFolder.Find(File));

    /// <summary>Closes the files.</summary>
    public void Dispose() => Tensors.Dispose();
}
