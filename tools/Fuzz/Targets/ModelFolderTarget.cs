using LlavaMod.Checkpoints;
using LlavaMod.Fuzz.Checks;
using LlavaMod.Torch;

namespace LlavaMod.Fuzz.Targets;

/// <summary>A whole model: a configuration that asks for more than the weights hold must not be built first.</summary>
[FuzzTarget("model-folder", Summary = "config.json and model.safetensors, loaded")]
public sealed class ModelFolderTarget : FuzzTarget
{
    // What a configuration asks for and the weights lack is listed, up to ten thousand names.
    /// <inheritdoc/>
    public override long AllocatedAtLeast => 24 << 20;

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        using var scope = new TensorScope();
        ModelInspection.Of(sandbox.Folder);
        using var model = ModelFolder.Load(sandbox.Folder);
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        foreach (var sparse in (bool[])[false, true])
            yield return Specimen.Written(folder => TinyModel.Save(folder, sparse));
    }
}
