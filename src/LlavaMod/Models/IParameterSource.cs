using LlavaMod.Torch;

namespace LlavaMod.Models;

/// <summary>Where a model's parameters come from as it is built: random numbers, or a checkpoint.</summary>
public interface IParameterSource
{
    /// <summary>
    /// The start of one parameter, owned by the current scope, or null when the source lacks it or has it in another shape (the source
    /// keeps the complaint, and whoever builds the model throws them all at once).
    /// </summary>
    Tensor? Find(string name, ReadOnlySpan<long> shape, Initializer initializer);

    /// <summary>
    /// The same in memory of its own, of a type and on a device: what a model keeps. A source that reads files reads straight into it.
    /// </summary>
    Tensor? Take(string name, ReadOnlySpan<long> shape, Initializer initializer, DType dtype, Device device)
    {
        using var scope = new TensorScope();
        if (Find(name, shape, initializer) is not { } found) return null;
        var value = found.To(dtype).To(device);
        return scope.Return(ReferenceEquals(value, found) ? found.Clone() : value);
    }
}

/// <summary>Seeded random numbers. A parameter's numbers depend on the seed and its name alone, not on the order of building.</summary>
public sealed class RandomParameters(ulong seed) : IParameterSource
{
    /// <inheritdoc/>
    public Tensor Find(string name, ReadOnlySpan<long> shape, Initializer initializer)
    {
        if (initializer.Deviation == 0) return Create.Full(shape, initializer.Mean);
        using var scope = new TensorScope();
        using var generator = new RandomGenerator(Seeds.Of($"{seed}/{name}"));
        return scope.Return(Create.Normal(shape, generator).Multiply_(initializer.Deviation).Add_(initializer.Mean));
    }
}
