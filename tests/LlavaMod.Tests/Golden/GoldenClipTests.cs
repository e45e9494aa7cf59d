using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Models.Vision;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Golden;

/// <summary>Kind clip-vit: CLIP's vision transformer of transformers, and the patch features that LLaVA-MoD takes from it.</summary>
public sealed class GoldenClipTests
{
    [GoldenTheory("clip-vit")]
    [MemberData(nameof(GoldenCases.OfKind), "clip-vit", MemberType = typeof(GoldenCases))]
    public void Hidden_states_and_features_are_those_of_transformers(string name)
    {
        using var scope = new TensorScope();
        var found = GoldenCases.Open(name);
        using var golden = GoldenTensors.Open(found.Folder);
        using var weights = new CheckpointParameters(found.File(ModelFolder.WeightsFile));
        using var store = new ParameterStore(weights, DType.Float32, Device.Cpu);
        var tower = new ClipTower(store.Root / "model" / "vision_tower" / "vision_tower", ModelConfigFile.ReadVision(found.File(ModelFolder.ConfigFile)));
        weights.Complete();

        var states = tower.HiddenStates(golden["in.pixel_values"]);
        for (int i = 0; i < states.Count; i++) golden.ShouldMatch($"out.hidden_states.{i}", states[i]);
        golden.ShouldMatch("out.last_hidden_state", states[^1]);
        golden.ShouldMatch("out.pooler_output", tower.Pool(states[^1]));
        golden.ShouldMatch("out.tower_features", tower.Features(golden["in.pixel_values"]));
        golden.ShouldHaveComparedAll("out.");
    }
}
