using LlavaMod.Models.Experts;
using LlavaMod.Torch;

namespace LlavaMod.Models.Language;

/// <summary>
/// The feed-forward network of the Llama and Qwen families, and one expert of a sparse layer (Shazeer 2020, "GLU variants improve
/// transformer"): <c>down(silu(gate(x)) * up(x))</c>, without biases.
/// </summary>
internal sealed class SwiGlu(ParameterScope scope, long hidden, long intermediate) : IFeedForward
{
    private readonly Linear gate = new(scope / "gate_proj", hidden, intermediate, bias: false);
    private readonly Linear up = new(scope / "up_proj", hidden, intermediate, bias: false);
    private readonly Linear down = new(scope / "down_proj", intermediate, hidden, bias: false);

    /// <summary>Its three matrices.</summary>
    public SwiGluWeights Weights => new(gate.Weight, up.Weight, down.Weight);

    // x: [..., D] -> [..., D]
    public Tensor Forward(Tensor x)
    {
        using var scope = new TensorScope();
        if (GradMode.IsOn) return scope.Return(new Recorded(Weights).Forward(x.Reshape(-1, hidden)).Reshape(x.Shape));
        var (g, u) = (gate.Forward(x), up.Forward(x));
        return scope.Return(down.Forward(SiluGate.Forward(g, u, target: g)));
    }

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, RoutingPass routing) => Forward(x);

    // Keeps x, g and u for backward, and neither silu(g) nor silu(g) * u: a pass over memory makes them again.
    private sealed class Recorded(SwiGluWeights weights) : CustomFunction
    {
        private readonly (bool Gate, bool Up, bool Down) trained = weights.Trained;
        private bool wantsInput;

        // x: [M, D] -> [M, D]
        public Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            wantsInput = x.RequiresGrad();
            Tensor g, u, y;
            using (GradMode.Off())
            {
                (g, u) = weights.Inner(x);
                y = SiluGate.Forward(g, u, Create.EmptyLike(g)).Linear(weights.Down);
            }
            Attach([x, weights.Gate, weights.Up, weights.Down], [y], [x, g, u, weights.Gate, weights.Up, weights.Down]);
            return scope.Return(y);
        }

        protected override Tensor?[] Backward(ReadOnlySpan<Tensor?> gradients, ReadOnlySpan<Tensor> saved)
        {
            if (gradients[0] is not { } dy) return [null, null, null, null];
            var x = saved[0];
            var dx = wantsInput ? Create.EmptyLike(x) : null;
            var kept = new SwiGluWeights(saved[3], saved[4], saved[5]);
            return [dx, .. kept.Backward(x, (saved[1], saved[2]), dy, factors: null, dots: null, dx, trained)];
        }
    }
}
