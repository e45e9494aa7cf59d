using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Tests.Models.Experts;

/// <summary>A sparse layer with random parameters, large enough to tell experts apart, and the same layer computed token by token.</summary>
internal sealed class TestLayer : IParameterSource, IDisposable
{
    public const long Hidden = 6, Intermediate = 10;

    private readonly SparseFfn layer;
    private readonly ExpertsConfig config;

    public TestLayer(ExpertsConfig config, DType dtype = DType.Float32)
    {
        this.config = config;
        Store = new ParameterStore(this, dtype, Device.Cpu);
        layer = new SparseFfn(Store.Root / "mlp", 3, Hidden, Intermediate, config);
        foreach (var parameter in Store.Parameters) parameter.Value.RequireGrad();
    }

    public ParameterStore Store { get; }

    public Tensor Find(string name, ReadOnlySpan<long> shape, Initializer initializer) =>
        new RandomParameters(5).Find(name, shape, Initializer.Normal(0.5));

    public static ExpertsConfig Config(int experts = 4, int choices = 2) => new() { Layers = [3], NumExperts = experts, TopK = choices };

    public static Tensor Tokens(ulong seed, params ReadOnlySpan<long> shape)
    {
        using var generator = new RandomGenerator(seed);
        return Create.Normal(shape, generator);
    }

    public (Tensor Output, LayerRouting Routing) Run(Tensor x, Tensor? mask = null, bool training = true)
    {
        var pass = new RoutingPass { Training = training, TokenMask = mask };
        return (layer.Forward(x, pass), pass.Layers.ShouldHaveSingleItem());
    }

    /// <summary>x: [N, D]; every token by itself through its best experts, weighted by their probabilities over the sum of these.</summary>
    public Tensor TokenByToken(Tensor x)
    {
        var rows = new List<Tensor>();
        for (int n = 0; n < x.Size(0); n++)
        {
            var token = x.Select(0, n);
            var probabilities = token.Linear(Store["mlp.gate.weight"].Value).Softmax();
            var best = probabilities.ToArray<float>().Index().OrderByDescending(pair => pair.Item).Take(config.TopK).Select(pair => pair.Index).ToArray();
            var sum = best.Select(e => probabilities.Select(0, e)).Aggregate((a, b) => a + b);
            rows.Add(best.Select(e => Expert($"mlp.experts.{e}", token) * (probabilities.Select(0, e) / sum)).Aggregate((a, b) => a + b));
        }
        return Shaping.Stack([.. rows]);
    }

    private Tensor Expert(string name, Tensor x)
    {
        Tensor Weight(string part) => Store[$"{name}.{part}.weight"].Value;
        return (x.Linear(Weight("gate_proj")).Silu() * x.Linear(Weight("up_proj"))).Linear(Weight("down_proj"));
    }

    public void Dispose() => Store.Dispose();
}
