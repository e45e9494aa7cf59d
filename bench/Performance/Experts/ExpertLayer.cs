using LlavaMod.Models;
using LlavaMod.Models.Experts;
using LlavaMod.Models.Language;
using LlavaMod.Torch;
using LlavaMod.Torch.Serialization;

namespace LlavaMod.Performance.Experts;

/// <summary>
/// One feed-forward layer of Qwen2-0.5B's sizes with tokens to go through it: sparse, or dense with as many active weights. Random tokens spread evenly over
/// the experts, so that a capacity of 1.5 even shares drops none of them.
/// </summary>
internal sealed class ExpertLayer : IDisposable
{
    private const long Hidden = 896, Intermediate = 4864;
    private const int TopK = 2;

    private readonly ParameterStore store = new(new RandomParameters(1), DType.Float32, Device.Cpu);
    private readonly IFeedForward layer;
    private readonly Tensor x; // [1, N, D]
    private readonly Tensor outputGradient;
    private readonly Tensor[] inputs;
    private readonly int experts;

    public ExpertLayer(int tokens, int experts, bool dense)
    {
        using var generator = new RandomGenerator(1);
        this.experts = experts;
        var config = new ExpertsConfig { Layers = [0], NumExperts = experts, TopK = TopK };
        layer = dense ? new SwiGlu(store.Root / "mlp", Hidden, TopK * Intermediate) : new SparseFfn(store.Root / "mlp", 0, Hidden, Intermediate, config);
        x = Create.Normal([1, tokens, Hidden], generator).Unscope().RequireGrad();
        outputGradient = Create.Normal([1, tokens, Hidden], generator).Unscope();
        inputs = [x, .. store.Parameters.Select(parameter => parameter.Value.RequireGrad())];
    }

    /// <summary>FLOPs of forward and backward through the active weights.</summary>
    public static double Flops(int tokens) => 3 * 2.0 * tokens * TopK * 3 * Hidden * Intermediate;

    /// <summary>The output [1, N, D], and the gradients of the tokens and of every parameter; null where there is none.</summary>
    public (Tensor Output, Tensor?[] Gradients) Run()
    {
        var y = layer.Forward(x, new RoutingPass { Training = true });
        return (y, Gradients.Of(y, inputs, outputGradient));
    }

    /// <summary>What <see cref="Run"/> gives, as the peer names it.</summary>
    public Dictionary<string, Tensor> Results()
    {
        var (output, gradients) = Run();
        string[] names = ["x", .. store.Parameters.Select(parameter => parameter.Name)];
        var results = names.Zip(gradients).ToDictionary(pair => $"gradient.{pair.First}", pair => pair.Second!);
        results["gradient.x"] = results["gradient.x"].Squeeze(0);
        results["y"] = output.Squeeze(0);
        return results;
    }

    /// <summary>Weights and tokens for the peer.</summary>
    public void Write(string path, double capacityFactor)
    {
        using var scope = new TensorScope();
        var tensors = store.Parameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))
            .Append(KeyValuePair.Create("x", x.Squeeze(0))).Append(KeyValuePair.Create("output_gradient", outputGradient.Squeeze(0)));
        SafetensorsWriter.Write(path, [.. tensors], new Dictionary<string, string>
        {
            ["experts"] = $"{experts}", ["capacity_factor"] = FormattableString.Invariant($"{capacityFactor}"),
        });
    }

    public void Dispose()
    {
        x.Dispose();
        outputGradient.Dispose();
        store.Dispose();
    }
}
