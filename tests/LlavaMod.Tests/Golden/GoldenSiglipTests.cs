using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Models.Vision;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Golden;

/// <summary>Kind siglip-vit: SigLIP's vision transformer of transformers, and what LLaVA-MoD takes from it.</summary>
public sealed class GoldenSiglipTests
{
    [GoldenTheory("siglip-vit")]
    [MemberData(nameof(GoldenCases.OfKind), "siglip-vit", MemberType = typeof(GoldenCases))]
    public void Hidden_states_pooling_and_features_are_those_of_transformers(string name)
    {
        using var scope = new TensorScope();
        var found = GoldenCases.Open(name);
        using var golden = GoldenTensors.Open(found.Folder);
        using var weights = new CheckpointParameters(found.File(ModelFolder.WeightsFile));
        using var store = new ParameterStore(weights, DType.Float32, Device.Cpu);
        var config = ModelConfigFile.ReadVision(found.File(ModelFolder.ConfigFile));
        config.ModelType.ShouldBe(Siglip.ModelType);
        var tower = new SiglipTower(store.Root / "model" / "vision_tower" / "vision_tower", config);
        weights.Complete();

        var states = tower.HiddenStates(golden["in.pixel_values"]);
        for (int i = 0; i < states.Count; i++) golden.ShouldMatch($"out.hidden_states.{i}", states[i]);
        var last = tower.LastNorm(states[^1]);
        golden.ShouldMatch("out.last_hidden_state", last);
        golden.ShouldMatch("out.pooler_output", tower.Pool(last));
        var features = tower.Features(golden["in.pixel_values"]);
        golden.ShouldMatch("out.tower_features_cls_patch", features);
        golden.ShouldMatch("out.tower_features_patch", features.Narrow(1, 1, config.Patches - 1));
        golden.ShouldHaveComparedAll("out.");
    }
}
