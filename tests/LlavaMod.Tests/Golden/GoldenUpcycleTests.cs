using LlavaMod.Checkpoints;
using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Objectives;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Golden;

/// <summary>Kind moe-upcycle: a dense language model, and LLaVA-MoD's sparse model made of it, which gives the same logits.</summary>
public sealed class GoldenUpcycleTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    [GoldenTheory("moe-upcycle")]
    [MemberData(nameof(GoldenCases.OfKind), "moe-upcycle", MemberType = typeof(GoldenCases))]
    public void The_dense_and_the_upcycled_model_equal_LLaVA_MoDs(string name)
    {
        var found = GoldenCases.Open(name);
        using var golden = GoldenTensors.Open(found.Folder);
        using var dense = ModelFolder.Load(found.Folder);
        golden.ShouldMatch("out.dense_logits", Logits(dense, golden["in.input_ids"], new RoutingPass()));

        using var sparse = Upcycle(found, config => config);
        var pass = new RoutingPass { Training = true };
        golden.ShouldMatch("out.sparse_logits", Logits(sparse, golden["in.input_ids"], pass));
        double coefficient = found.Json("sparse_config.json").GetProperty("moe").GetProperty("router_aux_loss_coef").GetDouble();
        golden.ShouldMatch("out.moe_loss", new LoadBalance(new() { Reference = true }).Loss(pass.Layers) * coefficient);
        pass.Layers.ShouldAllBe(layer => layer.Dropped!.Item<long>() == 0);
    }

    [GoldenTheory("moe-upcycle")]
    [MemberData(nameof(GoldenCases.OfKind), "moe-upcycle", MemberType = typeof(GoldenCases))]
    public void The_default_routing_gives_the_dense_logits_too(string name)
    {
        var found = GoldenCases.Open(name);
        using var golden = GoldenTensors.Open(found.Folder);
        using var dense = ModelFolder.Load(found.Folder);
        using var sparse = Upcycle(found, config => new ExpertsConfig { Layers = config.Layers, NumExperts = config.NumExperts, TopK = config.TopK });
        float[] expected = Logits(dense, golden["in.input_ids"], new RoutingPass()).ToArray<float>();
        float[] logits = Logits(sparse, golden["in.input_ids"], new RoutingPass { Training = true }).ToArray<float>();
        logits.ShouldBe(expected, 1e-6f * expected.Max(MathF.Abs) + 1e-5f);
    }

    private static Tensor Logits(Llava model, Tensor ids, RoutingPass pass) =>
        model.Language.Logits(model.Language.Forward(new LanguageInput(model.Language.Embed(ids)), pass));

    private static Llava Upcycle(GoldenCase found, Func<ExpertsConfig, ExpertsConfig> change)
    {
        var config = ModelConfigFile.Read(found.File("sparse_config.json"));
        using var dense = new CheckpointParameters(found.File(ModelFolder.WeightsFile));
        using var routers = new CheckpointParameters(found.File("wg.safetensors"));
        var model = Llava.Build(config with { Experts = change(config.Experts!) }, new StoredRouters(routers, new Upcycling(dense, seed: 1)));
        dense.Complete();
        routers.Complete();
        return model;
    }

    /// <summary>Routers from a file instead of random numbers.</summary>
    private sealed class StoredRouters(IParameterSource routers, IParameterSource rest) : IParameterSource
    {
        public Tensor? Find(string name, ReadOnlySpan<long> shape, Initializer initializer) =>
            (name.EndsWith(".mlp.gate.weight", StringComparison.Ordinal) ? routers : rest).Find(name, shape, initializer);
    }
}
