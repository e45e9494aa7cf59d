using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Tests.Models;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Tests.Golden;

/// <summary>Kind moe-ffn: one sparse layer of DeepSpeed 0.9.5, with and without routing noise, in training and in evaluation.</summary>
public sealed class GoldenMoeFfnTests : IDisposable
{
    private readonly TensorScope scope = new();

    public void Dispose() => scope.Dispose();

    public static TheoryData<string, string> Variants()
    {
        var rows = new TheoryData<string, string>();
        foreach (string name in GoldenCases.Names("moe-ffn"))
        {
            foreach (string variant in (string[])["train_zero", "train_record", "eval_zero", "eval_record"]) rows.Add(name, variant);
        }
        return rows;
    }

    [GoldenTheory("moe-ffn")]
    [MemberData(nameof(Variants))]
    public void Outputs_and_gradients_equal_DeepSpeed(string name, string variant)
    {
        using var layerCase = LayerCase.Open(name);
        var (config, golden, weights) = layerCase;
        using var store = new ParameterStore(Source(weights), DType.Float32, Device.Cpu);
        var layer = new SparseFfn(store.Root / "mlp", 0, config.Hidden, config.Intermediate, config.Experts);
        foreach (var parameter in store.Parameters) parameter.Value.RequireGrad();

        var x = golden["in.x"].Clone().RequireGrad();
        var pass = new RoutingPass
        {
            Training = variant.StartsWith("train", StringComparison.Ordinal),
            SecondExpertNoise = variant.EndsWith("record", StringComparison.Ordinal) ? _ => golden["in.gumbel"] : null,
        };
        var y = layer.Forward(x, pass);
        var routing = pass.Layers.ShouldHaveSingleItem();
        ((y * golden["in.cotangent"]).Sum() + routing.BalanceLoss() * 0.5).Backward();

        golden.ShouldMatch($"out.{variant}.y", y);
        golden.ShouldMatch($"out.{variant}.l_aux", routing.BalanceLoss());
        golden.ShouldMatch($"out.{variant}.exp_counts", routing.Experts.Select(1, 0).Bincount(config.Experts.NumExperts));
        golden.ShouldMatch($"out.{variant}.grad_x", x.Grad()!);
        foreach (string stored in golden.Names.Where(stored => stored.StartsWith($"out.{variant}.grad.", StringComparison.Ordinal)))
        {
            golden.ShouldMatch(stored, store[ToOurs(stored[$"out.{variant}.grad.".Length..])].Value.Grad()!);
        }
    }

    [GoldenTheory("moe-ffn")]
    [MemberData(nameof(GoldenCases.OfKind), "moe-ffn", MemberType = typeof(GoldenCases))]
    public void Copies_of_the_dense_network_give_its_output_wherever_a_token_keeps_an_expert(string name)
    {
        using var layerCase = LayerCase.Open(name);
        var (config, golden, weights) = layerCase;
        var dense = new NamedParameters(parameter => weights.Load(parameter.Replace("mlp.", "dense.", StringComparison.Ordinal)));
        var upcycled = new Upcycling(dense, seed: 1);
        var source = new NamedParameters(parameter => parameter == "mlp.gate.weight"
            ? weights.Load("deepspeed_moe.gate.wg.weight")
            : upcycled.Find(parameter, ShapeOf(parameter, config), Initializer.Zeros));
        using var store = new ParameterStore(source, DType.Float32, Device.Cpu);
        using var denseStore = new ParameterStore(dense, DType.Float32, Device.Cpu);
        // The stored layer has no residual network: with one, a dropped token would keep its output.
        var layer = new SparseFfn(store.Root / "mlp", 0, config.Hidden, config.Intermediate, config.Experts with { UseResidual = false });

        var y = layer.Forward(golden["in.x"], new RoutingPass { Training = true });
        golden.ShouldMatch("out.upcycled.moe_y", y);
        golden.ShouldMatch("out.upcycled.dropped", y.Abs().Sum(-1).Equal(0.0));
        golden.ShouldMatch("out.upcycled.dense_y", new SwiGlu(denseStore.Root / "mlp", config.Hidden, config.Intermediate).Forward(golden["in.x"]));
    }

    private sealed record LayerConfig(long Hidden, long Intermediate, ExpertsConfig Experts);

    private sealed record LayerCase(LayerConfig Config, GoldenTensors Golden, SafetensorsFile Weights) : IDisposable
    {
        public static LayerCase Open(string name)
        {
            var found = GoldenCases.Open(name);
            var json = found.Json("config.json");
            var experts = new ExpertsConfig
            {
                Layers = [0],
                NumExperts = json.GetProperty("num_experts").GetInt32(),
                TopK = json.GetProperty("top_k_experts").GetInt32(),
                CapacityFactor = json.GetProperty("capacity_factor").GetDouble(),
                EvalCapacityFactor = json.GetProperty("eval_capacity_factor").GetDouble(),
                MinCapacity = json.GetProperty("min_capacity").GetInt32(),
                UseResidual = json.GetProperty("use_residual").GetBoolean(),
                Reference = true,
            };
            var config = new LayerConfig(json.GetProperty("hidden_size").GetInt64(), json.GetProperty("intermediate_size").GetInt64(), experts);
            return new LayerCase(config, GoldenTensors.Open(found.Folder), SafetensorsFile.Open(found.File("model.safetensors")));
        }

        public void Dispose()
        {
            Golden.Dispose();
            Weights.Dispose();
        }
    }

    private static NamedParameters Source(SafetensorsFile weights)
    {
        var names = weights.Names.ToDictionary(ToOurs);
        return new NamedParameters(name => weights.Load(names[name]));
    }

    private static string ToOurs(string name) => "mlp." + name
        .Replace("deepspeed_moe.experts.deepspeed_experts.", "experts.", StringComparison.Ordinal)
        .Replace("deepspeed_moe.gate.wg.", "gate.", StringComparison.Ordinal)
        .Replace("mlp.", "residual_expert.", StringComparison.Ordinal);

    private static long[] ShapeOf(string name, LayerConfig config) => name.EndsWith("down_proj.weight", StringComparison.Ordinal)
        ? [config.Hidden, config.Intermediate]
        : [config.Intermediate, config.Hidden];
}
