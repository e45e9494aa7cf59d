using LlavaMod.Checkpoints;
using LlavaMod.Checkpoints.Layouts;
using LlavaMod.Models;
using LlavaMod.Models.Connectors;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Golden;

/// <summary>Kind projector: LLaVA-MoD's two-layer connector on tower features.</summary>
public sealed class GoldenProjectorTests
{
    [GoldenTheory("projector")]
    [MemberData(nameof(GoldenCases.OfKind), "projector", MemberType = typeof(GoldenCases))]
    public void Projected_features_and_all_gradients_are_those_of_LLaVA_MoD(string name)
    {
        using var scope = new TensorScope();
        var found = GoldenCases.Open(name);
        using var golden = GoldenTensors.Open(found.Folder);
        using var weights = new CheckpointParameters(found.File(ModelFolder.WeightsFile));
        using var store = new ParameterStore(weights, DType.Float32, Device.Cpu);
        var features = golden["in.features"].Clone().RequireGrad();
        var project = new MlpGelu(depth: 2).Build(store.Root / "model" / "mm_projector", features.Size(-1), golden["out.projected"].Size(-1));
        weights.Complete();
        foreach (var parameter in store.Parameters) parameter.Value.RequireGrad();

        var projected = project(features);
        (projected * golden["in.cotangent"]).Sum().Backward();
        golden.ShouldMatch("out.projected", projected);
        golden.ShouldMatch("out.grad.features", features.Grad()!);
        foreach (var parameter in golden.Names.Where(output => output.StartsWith("out.grad.model.", StringComparison.Ordinal)))
        {
            golden.ShouldMatch(parameter, store[new LlavaModLayout().ToOurs(parameter["out.grad.".Length..])].Value.Grad()!);
        }
        golden.ShouldHaveComparedAll("out.");
    }
}
