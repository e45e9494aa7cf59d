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

    // x: [..., D] -> [..., D]
    public Tensor Forward(Tensor x)
    {
        using var scope = new TensorScope();
        return scope.Return(down.Forward(gate.Forward(x).Silu() * up.Forward(x)));
    }

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, RoutingPass routing) => Forward(x);
}
