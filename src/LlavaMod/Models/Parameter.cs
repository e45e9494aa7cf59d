using LlavaMod.Torch;

namespace LlavaMod.Models;

/// <summary>One trained tensor of a model.</summary>
/// <param name="Name">Its checkpoint name, such as <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
/// <param name="Value">The tensor; it belongs to the model's <see cref="ParameterStore"/>.</param>
/// <param name="Part">What it belongs to.</param>
public sealed record Parameter(string Name, Tensor Value, ModelPart Part);

/// <summary>How a parameter starts where no checkpoint gives it.</summary>
/// <param name="Mean">Value for a constant start; mean otherwise.</param>
/// <param name="Deviation">Standard deviation; 0 is a constant.</param>
public readonly record struct Initializer(double Mean, double Deviation)
{
    /// <summary>Zeros: biases.</summary>
    public static Initializer Zeros => new(0, 0);

    /// <summary>Ones: norm scales.</summary>
    public static Initializer Ones => new(1, 0);

    /// <summary>Normal numbers around 0.</summary>
    public static Initializer Normal(double deviation) => new(0, deviation);
}
