using LlavaMod.Torch;

namespace LlavaMod.Models;

/// <summary>Parameters without values: what is built from these has every name, shape and part, takes no memory, and computes nothing.</summary>
public sealed class ShapesOnly : IParameterSource
{
    /// <summary>A model of this configuration, to be counted.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="dtype">Type of matrices.</param>
    public static Llava Build(LlavaConfig config, DType dtype = DType.Float32) => Llava.Build(config, new ShapesOnly(), dtype, Device.Meta);

    /// <inheritdoc/>
    public Tensor Find(string name, ReadOnlySpan<long> shape, Initializer initializer) => Create.Empty(shape, device: Device.Meta);
}
