using LlavaMod.Torch;

namespace LlavaMod.Models;

/// <summary>The parameters of a model that is in memory, for another one that is built from it.</summary>
public sealed class ModelParameters(Llava model) : IParameterSource
{
    private readonly Dictionary<string, Tensor> values = model.AllParameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The other model has a parameter that this one lacks, or in another shape.</exception>
    public Tensor Find(string name, ReadOnlySpan<long> shape, Initializer initializer) =>
        values.TryGetValue(name, out var value) && shape.SequenceEqual(value.Shape)
            ? value.Share()
            : throw new InvalidOperationException($"the model has no {name} of [{string.Join(", ", shape.ToArray())}] to build another one from");
}
