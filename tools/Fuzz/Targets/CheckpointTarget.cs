using LlavaMod.Fuzz.Checks;
using LlavaMod.Models;
using LlavaMod.Stages;
using LlavaMod.Torch;
using LlavaMod.Torch.Optim;

namespace LlavaMod.Fuzz.Targets;

/// <summary>A checkpoint within a stage: a damaged one is passed over; what its manifest vouches for is read.</summary>
[FuzzTarget("checkpoint", Summary = "a stage's checkpoint: manifest.json, state.json, optimizer.safetensors")]
public sealed class CheckpointTarget : FuzzTarget
{
    private const string Folder = "step-000003";

    /// <inheritdoc/>
    public override void Read(Sandbox sandbox)
    {
        StageCheckpoint.FindLatest(sandbox.Folder, _ => { });
        // Beyond what the manifest vouches for: a folder may be made with a manifest that fits.
        if (!StageCheckpoint.IsCheckpoint(sandbox[Folder]))
            return;
        StageCheckpoint.ReadProgress(sandbox[Folder]);
        using var scope = new TensorScope();
        using var optimizer = Optimizer(Create.Ones([3]).RequireGrad());
        StageCheckpoint.RestoreOptimizer(sandbox[Folder], optimizer, 3);
    }

    /// <inheritdoc/>
    protected override IEnumerable<Specimen> MakeSeeds()
    {
        yield return Specimen.Written(folder =>
        {
            using var scope = new TensorScope();
            using var model = Llava.Build(TinyModel.Config(sparse: false), new RandomParameters(1));
            using var optimizer = Optimizer(Create.Ones([3]).RequireGrad());
            StageCheckpoint.Save(folder, model, optimizer, new StageProgress(3, 24, 1000, 1.5, 3.2, 2.9, 1));
        });
    }

    private static AdamW Optimizer(Tensor parameter) => new([new ParameterGroup([KeyValuePair.Create("weight", parameter)])], (0.9, 0.999));
}
